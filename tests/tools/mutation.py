"""Mutation testing: each small change to a module must make one of its tests fail.

    python -m tests.tools.mutation                 all modules of MODULES
    python -m tests.tools.mutation picking --show  one of them, survivors in full

A mutant is one change of the syntax tree: a comparison, an operator of arithmetic or logic, a
constant, a condition turned, a returned value, a keyword left out. The module is never written to
disk: each mutant is compiled in a forked child that runs the module's tests and stops at the first
failure. Messages of errors and docstrings are left alone. docs/testing.md holds the scores.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = {
    "breachstudy/estimation/multiplicity.py": ["tests/estimation/test_multiplicity.py"],
    "breachstudy/facts/outliers.py": ["tests/facts/test_outliers.py",
                                      "tests/facts/test_picking_properties.py"],
    "breachstudy/facts/picking.py": ["tests/facts/test_picking.py",
                                     "tests/facts/test_picking_properties.py"],
    "breachstudy/plan/verdicts.py": ["tests/plan/test_verdicts.py"],
    "breachstudy/plan/step_down.py": ["tests/plan/test_step_down.py"],
    "breachstudy/estimation/equivalence.py": ["tests/estimation/test_equivalence.py"],
}
PATIENCE = 5
"""A mutant whose tests take so many times as long as the module's own counts as killed."""

COMPARISONS = {ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE],
               ast.GtE: [ast.Gt, ast.Lt], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq],
               ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn],
               ast.NotIn: [ast.In]}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
              ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}


@dataclass(frozen=True)
class Mutant:
    """A changed tree, and what was changed where."""

    tree: ast.Module
    line: int
    what: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module's text, in the order of its lines."""
    whole = ast.parse(source)
    places = [n for n in _walk(whole) if _changes(n)]
    found = []
    for place in places:
        for k in range(len(_changes(place))):
            memo: dict[int, object] = {}
            tree = copy.deepcopy(whole, memo)
            own = memo[id(place)]
            before = ast.unparse(place)
            _changes(own)[k]()
            ast.fix_missing_locations(tree)
            found.append(Mutant(tree, place.lineno, f"{before}  ->  {ast.unparse(own)}"))
    return sorted(found, key=lambda m: m.line)


def _walk(node):
    """Nodes whose change a test could see: no docstrings, annotations, exports, imports, raises."""
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_left_alone(name, child):
                yield from _walk(child)


def _is_left_alone(field, child):
    is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
    is_export = isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "__all__"
    return (is_text or is_export or isinstance(child, ast.Raise | ast.Import | ast.ImportFrom
                                               | ast.JoinedStr)
            or field in ("annotation", "returns", "decorator_list"))


def _changes(node):
    """The ways to change a node in place, each a function without arguments."""
    def put(name, value):
        return lambda: setattr(node, name, value)

    match node:
        case ast.Compare():
            return [lambda i=i, to=to: node.ops.__setitem__(i, to())
                    for i, op in enumerate(node.ops) for to in COMPARISONS[type(op)]]
        case ast.BinOp() | ast.AugAssign() if type(node.op) in ARITHMETIC:
            return [put("op", ARITHMETIC[type(node.op)]())]
        case ast.BoolOp():
            return [put("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())]
        case ast.UnaryOp(op=ast.Not()):
            inner = node.operand
            return [lambda: (setattr(node, "operand", ast.UnaryOp(ast.Not(), inner)))]
        case ast.UnaryOp(op=ast.USub()):
            return [put("op", ast.UAdd())]
        case ast.Constant(value=bool()):
            return [put("value", not node.value)]
        case ast.Constant(value=int() | float()):
            return [put("value", node.value + 1), put("value", node.value - 1)]
        case ast.Constant(value=str()) if node.value:
            return [put("value", node.value + "?")]
        case ast.If() | ast.IfExp() | ast.While():
            return [put("test", ast.UnaryOp(ast.Not(), node.test))]
        case ast.Return(value=ast.AST()) if not isinstance(node.value, ast.Constant):
            return [put("value", ast.Constant(None))]
        case ast.Call(keywords=[_, *_]):
            return [lambda i=i: node.keywords.pop(i) for i in range(len(node.keywords))]
        case ast.Continue():
            return []
    return []


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutant where the module is imported."""

    def __init__(self, name, path, tree):
        self.name, self.path, self.code = name, path, compile(tree, str(path), "exec")

    def find_spec(self, fullname, path=None, target=None):
        return (importlib.util.spec_from_file_location(fullname, self.path, loader=self)
                if fullname == self.name else None)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.code, module.__dict__)


def _start(path, mutant, tests):
    """The id of a child process that runs the tests on the mutant (or the module as it is)."""
    child = os.fork()
    if child:
        return child
    code = 3
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if mutant is not None:
            name = path.removesuffix(".py").replace("/", ".")
            sys.meta_path.insert(0, _Mutated(name, ROOT / path, mutant.tree))
        import pytest
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler",
                                *(str(ROOT / t) for t in tests)]))
    finally:
        os._exit(code)


def survivors(path, jobs=2):
    """Mutants of a module that its tests let pass, and the number of all."""
    tests = [t for t in MODULES[path] if (ROOT / t).is_file()]
    began = time.monotonic()
    _, status = os.waitpid(_start(path, None, tests), 0)
    limit = PATIENCE * (time.monotonic() - began) + 1
    if status:
        raise SystemExit(f"{path}: its tests fail without any mutant")
    every = mutants((ROOT / path).read_text("utf-8"))
    left, waiting, alive = list(every)[::-1], {}, []
    while left or waiting:
        while left and len(waiting) < jobs:
            mutant = left.pop()
            waiting[_start(path, mutant, tests)] = (mutant, time.monotonic())
        for child, (mutant, since) in list(waiting.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if not done and time.monotonic() - since > limit:
                os.kill(child, signal.SIGKILL)
                done, status = os.waitpid(child, 0)
            if done:
                del waiting[child]
                if status == 0:
                    alive.append(mutant)
        time.sleep(0.01)
    return alive, len(every)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="parts of the names of modules")
    parser.add_argument("--show", action="store_true", help="print the survivors")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    # What the children share: imported once, before they are forked; nothing that needs a mutant.
    for name in ("hypothesis.strategies", "hypothesis.extra.numpy", "scipy.integrate",
                 "scipy.optimize", "scipy.stats", "statsmodels.api", "pyarrow.parquet", "pydantic",
                 "joblib", "breachstudy.schema.codebook"):
        importlib.import_module(name)
    ready = {p.removesuffix(".py").replace("/", ".") for p in MODULES} & set(sys.modules)
    assert not ready, f"imported before they could be changed: {ready}"

    print("| module | mutants | killed | survived | score |\n|---|---:|---:|---:|---:|")
    for path in MODULES:
        if asked.only and not any(word in path for word in asked.only):
            continue
        alive, n = survivors(path, asked.jobs)
        print(f"| `{path}` | {n} | {n - len(alive)} | {len(alive)} | "
              f"{100 * (n - len(alive)) / n:.1f} % |", flush=True)
        if asked.show:
            for m in sorted(alive, key=lambda m: m.line):
                print(f"  {path}:{m.line}: {m.what}", flush=True)


if __name__ == "__main__":
    main()
