"""Writes `docs/reference/`: every command as click knows it, the exit codes, and the codes of findings.

    .venv/bin/python -m scripts.make_reference

`tests/test_reference.py` fails where the files on disk are not what this would write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from casefiles.errors import ExitCode
from casefiles.findings import Severity
from cli.main import casebinder

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bundles", "casefiles", "cli", "templates", "watcher")
WRITTEN_BY = "<!-- Written by scripts/make_reference.py; changes made here are lost. -->\n"
EXIT_WORDS = {
    ExitCode.DONE: "Done.",
    ExitCode.UNEXPECTED: "Something unexpected went wrong; the message names the file with the details.",
    ExitCode.USAGE: "The command cannot be carried out as typed, or a file that you edit has a mistake.",
    ExitCode.BLOCKED: "Something stands in the way: an issue is refused, a key cannot be used; or `doctor` has something to look at.",
    ExitCode.VERIFICATION_FAILED: "Something is not as recorded; the page, the file or the event is named.",
    ExitCode.UNAVAILABLE: "The workspace or the share cannot be reached, read or written now.",
    ExitCode.PROGRAM_MISSING: "An outside program is not installed; it is named, with the line to type.",
    ExitCode.INTERRUPTED: "Interrupted from the keyboard; nothing half-done is left behind.",
}


def commands_page() -> str:
    """`commands.md`: each command with its help and options, then the exit codes."""
    top = click.Context(casebinder, info_name="casebinder", **casebinder.context_settings)
    parts = [
        WRITTEN_BY,
        "# Every command\n",
        *_command(top),
        "Every command answers to `-h` and `--help`. " + (casebinder.epilog or "") + "\n",
    ]
    for name in casebinder.list_commands(top):
        parts += _with_its_own(top, name)
    parts += ["## Exit codes\n", _table(("code", "what it means"), _exit_rows())]
    return "\n".join(parts)


def _with_its_own(parent: click.Context, name: str) -> Iterator[str]:
    group = parent.command
    command = group.get_command(parent, name) if isinstance(group, click.Group) else None
    if command is None:
        raise LookupError(f"there is no command {name}")
    context = click.Context(command, info_name=name, parent=parent)
    yield from _command(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _with_its_own(context, below)


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    usage = " ".join(
        [context.command_path, *(piece for each in command.get_params(context) for piece in _usage(each))]
    )
    if isinstance(command, click.Group):
        usage += " COMMAND …"
    if context.parent is not None:
        yield f"## {context.command_path}\n"
    yield f"    {usage}\n"
    for paragraph in re.split(r"\n\s*\n", (command.help or "").strip()):
        yield " ".join(paragraph.split()) + "\n"
    rows = [
        (f"`{record[0]}`", " ".join(record[1].split()))
        for each in command.params
        if isinstance(each, click.Option) and (record := each.get_help_record(context))
    ]
    if rows:
        yield _table(("option", "what it does"), rows)


def _usage(parameter: click.Parameter) -> list[str]:
    """What a usage line shows of it: arguments, and options that must be given."""
    if isinstance(parameter, click.Argument):
        name = parameter.make_metavar(click.Context(click.Command("usage")))
        return [name.strip("[]") if parameter.required else f"[{name.strip('[]')}]"]
    if parameter.required:
        return [f"{parameter.opts[0]} {parameter.metavar or 'TEXT'}"]
    return []


def _exit_rows() -> list[tuple[str, str]]:
    return [(str(code.value), EXIT_WORDS[code]) for code in ExitCode]


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# Strings in the shape of a code that are something else.
NOT_CODES = frozenset(
    {"caged-keeper", "current-date", "drawing-page", "e-mail", "fc-list", "latin-1", "prosecution-444-1a", "sample-2026", "us-ascii", "wrong-case", "wrong-child"}
)  # fmt: skip
_CODE = re.compile(r"(?!utf-)[a-z]+(-[a-z0-9]+)+")
_MAKES_FINDING = re.compile(r"(?:^|_)(?:[Ff]inding|held)$")


@dataclass
class Code:
    """One code: the weights that stand beside it in the source, and the modules that raise it."""

    weights: set[Severity] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)


def findings_page() -> str:
    """`findings.md`: every code with its weight, where the source says it, and the modules that raise it."""
    rows = []
    for name, code in sorted(collect_codes(ROOT).items()):
        weights = " or ".join(weight.value for weight in Severity if weight in code.weights)
        modules = ", ".join(f"`{module}`" for module in sorted(code.modules))
        rows.append((f"`{name}`", weights, modules))
    return "\n".join(
        [
            WRITTEN_BY,
            "# Codes of findings\n",
            "A finding is a problem in a case. An error stands in the way of an issue, a warning asks for a look, a note "
            "informs. `--json` shows the code of each. The end of a code that is put together as the program runs is shown "
            "as `…`. The list is read from the source: where no weight stands, none is written beside the code there.\n",
            _table(("code", "weight", "raised in"), rows),
        ]
    )


def collect_codes(root: Path) -> dict[str, Code]:
    """Each code that the source of the packages under `root` names."""
    codes: dict[str, Code] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            for name, weights in _codes_in(ast.parse(path.read_text(encoding="utf-8"))):
                code = codes.setdefault(name, Code())
                code.weights |= weights
                code.modules.add(module)
    return codes


def _codes_in(tree: ast.Module) -> Iterator[tuple[str, set[Severity]]]:
    """Codes, each with the weights beside it: strings of that shape outside class bodies, and what is given to a maker."""
    fixed = _fixed_weights(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        found = _code_of(node, parents)
        if found is not None:
            yield found, _weights_beside(node, parents, fixed)


def _code_of(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str | None:
    parent = parents.get(node)
    if isinstance(node, ast.JoinedStr):
        given = isinstance(parent, ast.Call) and parent.args[:1] == [node] and _maker(parent)
        start = node.values[0].value if isinstance(node.values[0], ast.Constant) else ""
        return f"{start!s}…" if given and re.fullmatch(r"[a-z]+-(?:[a-z]+-)*", str(start)) else None
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    first = isinstance(parent, ast.Call) and parent.args[:1] == [node] and _name(parent) == "Finding"
    shaped = _CODE.fullmatch(node.value) and node.value not in NOT_CODES
    listed = isinstance(parent, ast.Set | ast.Dict)  # tables about codes that are raised elsewhere
    in_class = isinstance(parent, ast.Assign | ast.AnnAssign) and isinstance(
        parents.get(parent), ast.ClassDef
    )
    if first or (shaped and not in_class and not listed and not isinstance(parent, ast.JoinedStr)):
        return node.value
    return None


def _weights_beside(
    node: ast.AST, parents: dict[ast.AST, ast.AST], fixed: dict[str, set[Severity]]
) -> set[Severity]:
    """The weights in the nearest tuple or call around a code, or those that the called maker always gives."""
    around = parents.get(node)
    while around is not None and not isinstance(around, ast.stmt):
        if isinstance(around, ast.Tuple | ast.Call) and (weights := _weights_in(around)):
            return weights
        if isinstance(around, ast.Call) and _maker(around):
            return fixed.get(_name(around), {Severity.ERROR} if _name(around).endswith("held") else set())
        around = parents.get(around)
    return set()


def _fixed_weights(tree: ast.Module) -> dict[str, set[Severity]]:
    """Functions of the module that make findings of a weight of their own."""
    return {
        node.name: _weights_in(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and _MAKES_FINDING.search(node.name)
    }


def _weights_in(node: ast.AST) -> set[Severity]:
    return {
        Severity[each.attr]
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id == "Severity"
    }


def _maker(call: ast.Call) -> bool:
    return bool(_MAKES_FINDING.search(_name(call)))


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def pages() -> dict[Path, str]:
    """Each file of the reference, by its path from the root of the project, with what it has to hold."""
    folder = Path("docs/reference")
    return {folder / "commands.md": commands_page(), folder / "findings.md": findings_page()}


def main() -> None:
    """Write the reference."""
    for path, text in pages().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
