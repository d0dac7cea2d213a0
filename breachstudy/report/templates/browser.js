(function () {
  "use strict";
  var root = document.documentElement, button = document.getElementById("theme");
  function dark() {
    var set = root.getAttribute("data-theme");
    return set ? set === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function label() {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(dark()));
  }
  button.addEventListener("click", function () {
    root.setAttribute("data-theme", dark() ? "light" : "dark");
    label();
  });
  label();

  var events = JSON.parse(document.getElementById("data").textContent).events;
  var body = document.querySelector("#list tbody"), query = document.getElementById("query");
  var count = document.getElementById("count"), more = document.getElementById("more");
  var panel = document.getElementById("event"), key = "name", up = true, shown = 25;

  function make(name, text, attributes) {
    var element = document.createElement(name);
    if (text !== undefined && text !== null) { element.textContent = text; }
    Object.keys(attributes || {}).forEach(function (k) { element.setAttribute(k, attributes[k]); });
    return element;
  }
  function link(url, text) {
    return /^https?:\/\//i.test(url || "") ? make("a", text, { href: url, rel: "noreferrer" }) : make("span", text);
  }
  function percent(v) { return (v * 100).toFixed(1).replace("-", "\u2212") + "%"; }
  function cell(v, form) { return make("td", v === null || v === undefined ? "\u2013" : form ? form(v) : String(v)); }

  function found() {
    var words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    var rows = events.filter(function (e) {
      var text = (e.name + " " + (e.year || "") + " " + e.id).toLowerCase();
      return words.every(function (w) { return text.indexOf(w) >= 0; });
    });
    return rows.sort(function (a, b) {
      var x = a[key], y = b[key];
      if (x === null || x === undefined) { return 1; }
      if (y === null || y === undefined) { return -1; }
      var order = typeof x === "string" ? x.localeCompare(y) : x - y;
      return up ? order : -order;
    });
  }
  function list() {
    var rows = found();
    body.textContent = "";
    rows.slice(0, shown).forEach(function (e) {
      var row = make("tr"), head = make("th", null, { scope: "row" });
      head.appendChild(make("a", e.name, { href: "#event=" + encodeURIComponent(e.id) }));
      row.appendChild(head);
      row.appendChild(cell(e.year));
      row.appendChild(cell(e.sector));
      row.appendChild(cell(e.lag));
      row.appendChild(cell(e.candour));
      row.appendChild(cell(e.car, percent));
      body.appendChild(row);
    });
    count.textContent = rows.length + " events";
    more.hidden = rows.length <= shown;
  }
  function path(points) {
    var ns = "http://www.w3.org/2000/svg", w = 560, h = 200, left = 46, bottom = 24;
    var svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 " + w + " " + h);
    svg.setAttribute("role", "img");
    var last = points[points.length - 1];
    svg.setAttribute("aria-label", "Cumulative abnormal return, " + last[1] + " percent by session " + last[0]);
    var values = points.map(function (p) { return p[1]; }).concat([0]);
    var lo = Math.min.apply(null, values), hi = Math.max.apply(null, values), pad = (hi - lo) * 0.1 || 1;
    lo -= pad; hi += pad;
    function x(v) { return left + (v + 10) / 40 * (w - left - 10); }
    function y(v) { return 8 + (hi - v) / (hi - lo) * (h - 8 - bottom); }
    function add(name, attributes, text) {
      var e = document.createElementNS(ns, name);
      Object.keys(attributes).forEach(function (k) { e.setAttribute(k, attributes[k]); });
      if (text !== undefined) { e.textContent = text; }
      svg.appendChild(e);
    }
    add("line", { x1: left, x2: w - 10, y1: y(0), y2: y(0), stroke: "currentColor", "stroke-width": 0.8, opacity: 0.6 });
    add("line", { x1: x(0), x2: x(0), y1: 8, y2: h - bottom, stroke: "currentColor", "stroke-width": 0.8, "stroke-dasharray": "2 3", opacity: 0.6 });
    add("polyline", { points: points.map(function (p) { return x(p[0]).toFixed(1) + "," + y(p[1]).toFixed(1); }).join(" "), fill: "none", stroke: "currentColor", "stroke-width": 2 });
    [-10, 0, 10, 20, 30].forEach(function (v) { add("text", { x: x(v), y: h - 8, "text-anchor": "middle", "font-size": 11, fill: "currentColor" }, String(v).replace("-", "\u2212")); });
    [lo + pad, 0, hi - pad].forEach(function (v) { add("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end", "font-size": 11, fill: "currentColor" }, v.toFixed(1).replace("-", "\u2212") + "%"); });
    return svg;
  }
  function table(head, rows, caption) {
    var box = make("div", null, { "class": "scroll", role: "region", "aria-label": caption, tabindex: "0" });
    var t = make("table", null, { "class": "left" }), top = make("thead"), tr = make("tr"), b = make("tbody");
    t.appendChild(make("caption", caption));
    head.forEach(function (h) { tr.appendChild(make("th", h, { scope: "col" })); });
    top.appendChild(tr); t.appendChild(top);
    rows.forEach(function (cells) {
      var r = make("tr");
      cells.forEach(function (c) {
        if (c && c.nodeType) { var td = make("td"); td.appendChild(c); r.appendChild(td); } else { r.appendChild(cell(c)); }
      });
      b.appendChild(r);
    });
    t.appendChild(b); box.appendChild(t);
    return box;
  }
  function open(id) {
    var e = events.filter(function (v) { return v.id === id; })[0];
    panel.textContent = "";
    if (!e) { if (id) { panel.appendChild(make("p", "There is no event " + id + " here.")); } return; }
    panel.appendChild(make("h3", e.name + (e.year ? ", " + e.year : "")));
    if (e.what) { panel.appendChild(make("p", e.what)); }
    if (!e.timeline) {
      panel.appendChild(make("p", "Known from registers only; no page was read for it."));
    } else {
      var dl = make("dl");
      e.facts.forEach(function (f) { dl.appendChild(make("dt", f[0])); dl.appendChild(make("dd", f[1])); });
      panel.appendChild(dl);
      panel.appendChild(table(["Date", "What", "By", "Words of the source", "Source"], e.timeline.map(function (m) {
        return [m.date, m.type, m.by, m.evidence, m.url ? link(m.url, "page") : null];
      }), "Timeline"));
      if (e.codes.length) {
        panel.appendChild(table(["Item", "Code", "Meaning", "A / B", "Words of the source", "Source"], e.codes.map(function (c) {
          return [c.item + " " + c.title, c.code, c.meaning, c.a + " / " + c.b, c.evidence, c.url ? link(c.url, "page") : null];
        }), "Coded answer"));
      }
    }
    if (e.path && e.path.length > 1) {
      panel.appendChild(make("p", "Cumulative abnormal return from ten sessions before to thirty after, market model:"));
      panel.appendChild(path(e.path));
    }
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "start", behavior: "instant" });
  }
  function route() {
    var m = /^#event=(.*)$/.exec(window.location.hash);
    if (m) { open(decodeURIComponent(m[1])); }
  }
  query.addEventListener("input", function () { shown = 25; list(); });
  more.addEventListener("click", function () { shown += 100; list(); });
  document.querySelectorAll("#list th[data-key]").forEach(function (th) {
    th.firstChild.addEventListener("click", function () {
      var k = th.getAttribute("data-key");
      up = k === key ? !up : true; key = k;
      document.querySelectorAll("#list th[data-key]").forEach(function (o) { o.removeAttribute("aria-sort"); });
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      list();
    });
  });
  window.addEventListener("hashchange", route);
  list();
  route();
}());
