"""Command line: parse, call, print. No logic; heavy imports wait until a command runs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from breachstudy.cli.audit import register as register_audit
from breachstudy.cli.eventstudy import register as register_eventstudy

if TYPE_CHECKING:
    import pandas as pd

    from breachstudy.study import Study

T = TypeVar("T")
app = typer.Typer(
    name="breachstudy",
    help="Responses to data breaches and what they cost: dataset, event studies, analysis.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
compile_app = typer.Typer(
    help="Compile raw tables from the public files (for those who hold them).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(compile_app, name="compile")

Root = Annotated[Path | None, typer.Option("--root", help="Checkout of the study "
                                           "(default: the one around the working folder).")]
Everything = Annotated[bool, typer.Option("--all", help="Run every step, stale or not.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Sources = Annotated[Path, typer.Option("--sources", help="Folder that holds the public files.")]


def _study(root: Path | None) -> Study:
    from breachstudy.study import Study, find_study

    if root is None:
        study = find_study()
    elif _is_checkout(root):
        study = Study(root.resolve())
    else:
        raise FileNotFoundError(f"{root} holds no data/raw; name a checkout of the study")
    study.recover()
    return study


def _is_checkout(root: Path) -> bool:
    try:
        return (root / "data" / "raw").is_dir()
    except OSError:  # a name too long, a loop of links, a folder that may not be entered
        return False


def _say(text: str) -> None:
    """Progress: to a terminal only, never into a pipe."""
    if sys.stderr.isatty():
        typer.echo(text, err=True)


def _echo(text: str, err: bool = False, nl: bool = True) -> None:
    """Print text that may hold what others wrote: no character of it acts on the terminal."""
    from breachstudy.schema.inert import visible_lines

    typer.echo(visible_lines(text), err=err, nl=nl)


def _print_frame(frame: pd.DataFrame) -> None:
    from breachstudy.schema.inert import visible

    shown = frame.map(lambda v: visible(v) if isinstance(v, str) else v)
    typer.echo(shown.to_string(index=False, na_rep="–"))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(frame.to_json(orient="records", double_precision=15))  # type: ignore[no-any-return]


def _version(value: bool) -> None:
    if value:
        from breachstudy._version import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True,
                                                help="Print the version and stop.")] = False
          ) -> None:
    pass


@app.command()
def build(root: Root = None, everything: Everything = False) -> None:
    """Build data/processed from the facts in data/raw, if either or the code changed."""
    from breachstudy.exhibits.numbers import count
    from breachstudy.workflow.dataset import renew_dataset

    n, ran = renew_dataset(_study(root), everything, _say)
    typer.echo(f"data/processed: {count(n['events'])} events, {count(n['notices'])} notices, "
               f"{count(n['milestones'])} milestones; {ran}")


@app.command()
def check(root: Root = None, as_json: AsJson = False) -> None:
    """Check that the raw facts are sound and that data/processed is what they give."""
    from breachstudy.workflow.check import check_study

    study = _study(root)
    findings = check_study(study)
    if as_json:
        typer.echo(json.dumps([{"check": f.check, "ok": f.ok, "detail": f.detail}
                               for f in findings], indent=2))
    else:
        for f in findings:
            _echo(f"{'ok    ' if f.ok else 'FAILED'} {f.check}"
                  + (f": {f.detail}" if f.detail else ""))
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


@app.command()
def manifest(root: Root = None) -> None:
    """Accept the tables of data/raw as they are: renew manifest.json and say what changed."""
    from breachstudy.facts.checkout import renew

    found = renew(_study(root))
    for line in found:
        _echo(line)
    typer.echo("data/raw/manifest.json " + ("is up to date" if not found else
                                            f"renewed: {len(found)} tables changed"))


@app.command()
def describe(as_json: AsJson = False) -> None:
    """Print what is in the dataset: counts by year, source and sector, and missing values."""
    from breachstudy import load
    from breachstudy.dataset.describe import describe as describe_frames
    from breachstudy.dataset.load import build_record

    record = build_record()
    found = describe_frames({n: load(n) for n in ("events", "notices")}, record["counts"])
    if as_json:
        typer.echo(json.dumps({"version": record["version"],
                               **{k: _records(v) for k, v in found.items()}}, indent=2))
        return
    typer.echo(f"breachstudy dataset {record['version']}, "
               f"collected through {record['collected_through']}")
    for title, frame in found.items():
        typer.echo(f"\n{title}")
        _print_frame(frame)


@app.command()
def show(event: Annotated[str, typer.Argument(help="An event_id, or words such as "
                                              "'Equifax 2017'.")],
         as_json: AsJson = False) -> None:
    """Print one event: facts, timeline with sources, clocks, coded answer, abnormal returns."""
    from breachstudy import load
    from breachstudy.report.show import event_record, event_text, find_event
    from breachstudy.schema.inert import json_text

    events, milestones, returns = load("events"), load("milestones"), load("abnormal_returns")
    codes = load("codes")
    row = events[events["event_id"] == find_event(events, event)].iloc[0]
    if as_json:
        typer.echo(json_text(event_record(row, milestones, returns, codes)))
    else:
        typer.echo(event_text(row, milestones, returns, codes))


@app.command()
def analyze(root: Root = None,
            plan: Annotated[Path | None, typer.Option(
                "--plan", help="Another plan (TOML) than those in analysis/; results are printed, "
                "reports/ stays as it is.")] = None,
            only: Annotated[list[str] | None, typer.Option(
                "--only", help="Run this specification or hypothesis only, such as H1 "
                "(repeatable).")] = None,
            outcome: Annotated[str | None, typer.Option(
                "--outcome", help="Run regressions of this outcome only, such as car_m1_p1."
                )] = None,
            everything: Everything = False, as_json: AsJson = False) -> None:
    """Run the plans in analysis/ on the dataset; write results, exhibits and report to reports/.

    Steps whose inputs and code are those of the stored results do not run again.
    """
    from breachstudy.workflow.analyze import analyze_study

    found = analyze_study(_study(root), plan, only, outcome, _say, everything)
    if as_json:
        typer.echo(json.dumps(_records(found.results), indent=2))
        return
    for table in found.summaries:
        typer.echo(table)
    for name in found.written:
        typer.echo(f"wrote {name}")
    if found.ran:
        typer.echo(found.ran)


@app.command("plan")
def show_plan(root: Root = None,
              plan: Annotated[Path | None, typer.Option(
                  "--plan", help="Another plan of the study's kind (TOML).")] = None,
              as_json: AsJson = False) -> None:
    """Print the plan of the study: hypotheses, tests, samples with their sizes, the freeze."""
    from breachstudy.plan.describe import plan_text
    from breachstudy.schema.inert import json_text
    from breachstudy.workflow.analyze import read_plan_of

    found = read_plan_of(_study(root), plan)
    _echo(json_text(found) if as_json else plan_text(found))


@app.command()
def wording(file: Annotated[Path, typer.Argument(help="A statement as plain text (UTF-8).",
                                                 exists=True, dir_okay=False)],
            as_json: AsJson = False) -> None:
    """Measure the wording of a statement: readability, hedges, passives, apology, offers."""
    from dataclasses import asdict

    from breachstudy.exhibits.numbers import number
    from breachstudy.schema.strict import read_text
    from breachstudy.wording import measure

    found = asdict(measure(read_text(file)))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        shown = number(value) if value is None or isinstance(value, float) else value
        typer.echo(f"{name:28}{shown}")


@app.command()
def readme(root: Root = None) -> None:
    """Bring the numbers in README.md and docs/ up to the dataset, and the picture of the rooms."""
    from breachstudy.workflow.pages import refresh_pages

    typer.echo(f"up to date: {', '.join(refresh_pages(_study(root)))}")


@app.command()
def coverage(root: Root = None,
             replications: Annotated[int, typer.Option(help="Samples drawn a design.")] = 2000,
             seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
             jobs: Annotated[int | None, typer.Option(
                 help="Processes at a time; -1 for all cores.")] = None) -> None:
    """Simulate how often the intervals cover and write docs/coverage.md."""
    from breachstudy.workflow.simulate import write_coverage

    study = _study(root)
    _say("simulating …")
    typer.echo(f"wrote {write_coverage(study, replications, seed, jobs)}")


@compile_app.command("notices")
def compile_notices(sources: Sources, root: Root = None) -> None:
    """Compile data/raw/notices.csv from the registers of Maine and Washington."""
    from breachstudy.compile.commands import notices

    _say("reading the registers of Maine and Washington …")
    typer.echo(notices(sources, _study(root)))


@compile_app.command("registers")
def compile_registers(sources: Sources, root: Root = None) -> None:
    """Compile register_reports.csv and event_members.csv from the other registers."""
    from breachstudy.compile.commands import registers

    _say("reading the registers of the other states and of the federal portal …")
    typer.echo(registers(sources, _study(root)))


@compile_app.command("letters")
def compile_letters(sources: Sources, root: Root = None) -> None:
    """Compile the wording of letters filed in California: measures only, never the text."""
    from breachstudy.compile.commands import letters

    _say("measuring the openings of letters …")
    typer.echo(letters(sources, _study(root)))


@compile_app.command("market")
def compile_market(sources: Sources, root: Root = None) -> None:
    """Compile returns round the events, matched portfolios and factors from price files."""
    from breachstudy.compile.commands import market

    typer.echo(market(sources, _study(root)))


@compile_app.command("consumers")
def compile_consumers(sources: Sources, root: Root = None) -> None:
    """Compile customer satisfaction and reputation round the events from published scores."""
    from breachstudy.compile.commands import consumers

    typer.echo(consumers(sources, _study(root)))


@compile_app.command("findings")
def compile_findings(
        listed: Annotated[Path, typer.Argument(help="List of findings seen in pages (CSV).")],
        root: Root = None) -> None:
    """Compile the findings of the literature that the study is compared with."""
    from breachstudy.compile.commands import findings

    typer.echo(findings(listed, _study(root)))


@app.command()
def report(root: Root = None, everything: Everything = False) -> None:
    """Render report.html (one self-contained page) and report.md again from the stored results."""
    from breachstudy.exhibits.numbers import number
    from breachstudy.workflow.drawing import renew_report

    study = _study(root)
    _say("rendering the report …")
    made = renew_report(study, everything)
    for name, data in made.items():
        typer.echo(f"wrote reports/{name} ({number(len(data) / 1e6, 1)} MB)")
    if not made:
        typer.echo("up to date: report; nothing ran (--all runs all)")


@app.command()
def reproduce(root: Root = None,
              check: Annotated[bool, typer.Option(
                  "--check", help="Rebuild elsewhere and compare; nothing here changes.")] = False,
              verbose: Annotated[bool, typer.Option(
                  "--verbose", help="List identical outputs too.")] = False,
              as_json: AsJson = False) -> None:
    """Rebuild everything elsewhere and say what is not identical to what stands here."""
    import tempfile

    from breachstudy.errors import refuse
    from breachstudy.facts.checkout import held
    from breachstudy.workflow.compare import IDENTICAL, summary
    from breachstudy.workflow.reproduce import compare_studies, rebuild

    if not check:
        raise typer.BadParameter("say --check; to renew what is here use build, analyze, report")
    study = _study(root)
    refuse(held(study))
    with tempfile.TemporaryDirectory() as folder:
        fresh = rebuild(study, Path(folder), _say)
        found = compare_studies(study, fresh)
    if as_json:
        typer.echo(json.dumps([{"file": c.name, "verdict": c.verdict, "detail": c.detail}
                               for c in found], indent=2))
    else:
        for c in found:
            if verbose or c.verdict != IDENTICAL:
                typer.echo(f"{c.verdict:17} {c.name}" + (f": {c.detail}" if c.detail else ""))
        typer.echo(summary(found))
    if not all(c.ok for c in found):
        if not as_json:
            typer.echo("If data, plan or code were changed on purpose, run 'make reproduce' and "
                       "commit what it makes; else please report the lines above.", err=True)
        raise typer.Exit(1)


@app.command()
def anywhere(root: Root = None,
             only: Annotated[list[str] | None, typer.Option(
                 "--only", help="This setting only, such as oldest (repeatable).")] = None,
             write: Annotated[bool, typer.Option(
                 "--write", help="Put the table into docs/reproducibility.md.")] = False) -> None:
    """Rebuild everything under other processors, locales and places; outputs must be identical."""
    from breachstudy.report.readme import replace_part
    from breachstudy.study import write_atomic
    from breachstudy.workflow.anywhere import outcome_table, run_setting, settings_named

    study = _study(root)
    outcomes = []
    for setting in settings_named(only):
        found = run_setting(setting, study)
        outcomes.append(found)
        counts = ", ".join(f"{n} {v}" for v, n in found.counts.items())
        typer.echo(f"{setting.name:10} {found.skipped or counts}")
        for line in found.different:
            typer.echo(f"           {line}")
    if write:
        page = study.docs / "reproducibility.md"
        text = replace_part(page.read_text("utf-8"), "settings", outcome_table(outcomes).rstrip(),
                            "docs/reproducibility.md")
        write_atomic(page, text.encode())
        typer.echo("wrote docs/reproducibility.md")
    if not all(o.ok or o.skipped for o in outcomes):
        raise typer.Exit(1)


@app.command()
def exhibits(root: Root = None) -> None:
    """List the exhibits: id, title, file."""
    from breachstudy.exhibits.registry import listed

    study = _study(root)
    for name, title, path in listed(study.reports):
        typer.echo(f"{name:8} {title}  ({path})")


@app.command()
def figure(name: Annotated[str, typer.Argument(help="Its id, such as fig5.")],
           output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .png, "
                                                ".svg or .pdf.")],
           root: Root = None) -> None:
    """Draw one figure from the stored results."""
    from breachstudy.storage import write_atomic
    from breachstudy.workflow.drawing import draw_one

    write_atomic(output, draw_one(_study(root), name, output.suffix.lstrip(".").lower()))
    typer.echo(f"wrote {output}")


@app.command()
def table(name: Annotated[str, typer.Argument(help="Its id, such as tab8.")],
          form: Annotated[str, typer.Option("--format", help="md, csv, tex or html.")] = "md",
          root: Root = None) -> None:
    """Print one table from the stored results."""
    from breachstudy.workflow.drawing import print_one

    _echo(print_one(_study(root), name, form), nl=False)


register_eventstudy(app)
register_audit(app, _study)


class _Output:
    """Standard output whose failures, such as a full disk, are errors of ours."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._named(lambda: self._stream.write(text))

    def flush(self) -> None:
        self._named(self._stream.flush)

    def _named(self, act: Callable[[], T]) -> T:
        from breachstudy.errors import StorageError

        try:
            return act()
        except BrokenPipeError:
            raise  # whoever read has enough; that is no fault
        except OSError as error:
            raise StorageError("the output of this command", error) from error

    def give_up(self) -> None:
        """Drop what the stream still holds, which would fail again when Python ends."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def main() -> None:
    """Entry point: known errors become one message and exit status 1."""
    from breachstudy.cli.console import steady_console
    from breachstudy.errors import EXPECTED, StorageError

    steady_console()
    output = sys.stdout = _Output(sys.stdout)
    try:
        app()
    except EXPECTED as error:
        if isinstance(error, StorageError):
            output.give_up()
        _echo(f"breachstudy: {error}", err=True)
        sys.exit(1)
