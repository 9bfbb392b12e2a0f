"""Every action of the window in one table: menus, keys, the sheet of keys read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.edges import HOMES, Edge
from gui.examples import EXAMPLES

SEPARATOR = "-"
ARROW = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
MENUS = ("File", "Edit", "View", "Tree", "Lab", "Model", "Help")


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: what it is called, where it stands, its keys. `&` marks the menu letter."""

    id: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    starts_group: bool = False
    choices: str = ""
    submenu: str = ""


def _spec(id_: str, text: str, *keys: str, starts_group: bool = False) -> ActionSpec:
    menu = id_.partition(".")[0].capitalize()
    return ActionSpec(id_, menu, text, keys, starts_group)


def _inside(submenu: str, id_: str, text: str, *keys: str) -> ActionSpec:
    return replace(_spec(id_, text, *keys), submenu=submenu)


def _place(name: str, edge: Edge | None, id_: str) -> ActionSpec:
    where = {Edge.LEFT: "on the left", Edge.BELOW: "below the tree", Edge.RIGHT: "on the right"}
    words = f"{HOMES[name].title}: {'in a window of its own' if edge is None else where[edge]}"
    return replace(_inside(WHERE, id_, words), starts_group=edge is Edge.LEFT)


def _theme(id_: str, text: str) -> ActionSpec:
    return ActionSpec(id_, "View", text, choices="theme", submenu="Th&eme")


def _colour(id_: str, text: str, key: str) -> ActionSpec:
    return ActionSpec(id_, "View", text, (key,), choices="colour", submenu="C&olours")


WHERE = "Where panels stan&d"
PLACES = {
    (name, edge): f"view.{name}_{edge or 'apart'}" for name in HOMES for edge in (*Edge, None)
}
"""The action that puts a panel at an edge of the tree; None: into a window of its own."""

COMPARE_AS = "Compare a&s"

ACTIONS: tuple[ActionSpec, ...] = (
    _spec("file.new", "&New session", "Ctrl+N"),
    _spec("file.open", "&Open…", "Ctrl+O"),
    ActionSpec("file.recent", "File", "", submenu="Open &recent"),
    *(
        ActionSpec(f"file.example_{name}", "File", words, submenu="Open an e&xample")
        for name, words in EXAMPLES.items()
    ),
    _spec("file.save_as", "Save &as…", "Ctrl+Shift+S", "Ctrl+S", starts_group=True),
    _spec("file.export", "&Export…", "Ctrl+Alt+E"),
    _spec("file.compact", "Co&mpact session…"),
    _spec("file.close", "&Close the window", "Ctrl+W", starts_group=True),
    _spec("file.quit", "&Quit", "Ctrl+Q"),
    _spec("edit.undo", "&Undo", "Ctrl+Z"),
    _spec("edit.redo", "&Redo", "Ctrl+Shift+Z", "Ctrl+Y"),
    _spec("edit.hide", "&Hide from here on", "Del", starts_group=True),
    _spec("edit.show", "&Show what is hidden here", "Shift+Del"),
    _spec("edit.rename", "Rena&me branch", "F2"),
    _spec("edit.copy", "&Copy text up to here", "Ctrl+C", starts_group=True),
    _spec("edit.text", "&Edit the token or the chosen text…", "Ctrl+Shift+E", starts_group=True),
    _spec("edit.take_tail", "&Take the rest from here", "Ctrl+Shift+X"),
    _spec("edit.splice", "&Put the rest after here", "Ctrl+Shift+V"),
    _spec("edit.find", "&Find text or token…", "Ctrl+F", starts_group=True),
    _spec("edit.find_next", "Find &next", "F3"),
    ActionSpec("view.branches", "View", "&Branches", ("Ctrl+Alt+1",)),
    _spec("view.compare", "&Compare", "Ctrl+Alt+2"),
    _spec("view.side", "&Token panels", "Ctrl+Alt+3"),
    _spec("view.reading", "&Reading", "Ctrl+Alt+4"),
    *(_place(name, edge, id_) for (name, edge), id_ in PLACES.items()),
    _inside(COMPARE_AS, "view.compare_overview", "&Overview"),
    _inside(COMPARE_AS, "view.compare_table", "&Table"),
    _inside(COMPARE_AS, "view.compare_distance", "&Distance"),
    _inside(COMPARE_AS, "view.compare_watched", "&Watched"),
    _inside(COMPARE_AS, "view.compare_samples", "&Samples"),
    _inside(COMPARE_AS, "view.compare_findings", "&Findings"),
    ActionSpec("view.blocks", "View", "&Multiverse", ("Ctrl+Alt+M",), starts_group=True),
    _spec("view.compact", "Com&pact columns", "Ctrl+Alt+C"),
    _spec("view.words", "Merge &words", "Ctrl+Alt+W"),
    _spec("view.likely", "Hide un&likely paths…", "Ctrl+Alt+P"),
    _colour("view.by_probability", "By &probability", "Ctrl+Alt+7"),
    _colour("view.by_rank", "By &rank", "Ctrl+Alt+8"),
    _colour("view.by_entropy", "By &entropy", "Ctrl+Alt+9"),
    _spec("view.minimap", "Mi&nimap", "Ctrl+Alt+N"),
    _spec("view.fit", "&Fit the tree", "Ctrl+9", starts_group=True),
    _inside("&Zoom", "view.zoom_in", "Zoom &in", "Ctrl++", "Ctrl+="),
    _inside("&Zoom", "view.zoom_out", "Zoom &out", "Ctrl+-"),
    _inside("&Zoom", "view.zoom_normal", "&Actual size", "Ctrl+0"),
    _theme("view.theme_system", "As the &system"),
    _theme("view.theme_light", "&Light"),
    _theme("view.theme_dark", "&Dark"),
    _spec("view.find_branch", "Find a br&anch…", "Ctrl+Shift+F", starts_group=True),
    _spec("view.palette", "Find an act&ion…", "Ctrl+K"),
    _spec("tree.prompt", "New &prompt…", "Ctrl+P"),
    _spec("tree.tell", "&Tell the fork", "Ctrl+Return"),
    _spec("tree.edit_fork", "&Edit the fork", "Ctrl+E"),
    _spec("tree.insert", "&Insert text here…", "Ctrl+I", starts_group=True),
    _spec("tree.errors", "E&rrors here…", "Ctrl+Shift+I"),
    _spec("tree.error_list", "&All errors in the tree…", "Ctrl+Alt+I"),
    _spec("tree.preambles", "P&ut under preambles…", "Ctrl+Alt+U"),
    _spec("tree.continue", "&Continue the branch", "Ctrl+G", starts_group=True),
    _spec("tree.continue_all", "Co&ntinue all compared branches", "Ctrl+Alt+G"),
    _spec("tree.grow", "&Grow the likeliest…", "Ctrl+Shift+G"),
    _spec("tree.sampler", "Sa&mpler…", "Ctrl+Shift+P"),
    _spec("tree.stop", "&Stop", "Esc"),
    _spec("tree.join", "&Join equal tokens after here", "Ctrl+J", starts_group=True),
    _inside("P&lant again", "tree.replant", "&Plant again for this model"),
    _inside("P&lant again", "tree.replant_all", "Plant all branc&hes again for this model"),
    ActionSpec(
        "tree.fold",
        "Tree",
        "&Fold what follows",
        ("F8",),
        starts_group=True,
        submenu="&Fold and part",
    ),
    _inside("&Fold and part", "tree.unfold_all", "Unfo&ld everything", "Shift+F8"),
    _inside("&Fold and part", "tree.hoist", "Show this &part only", "F9"),
    _inside("&Fold and part", "tree.whole", "Show the w&hole tree", "Shift+F9"),
    _inside("Notes and mar&ks", "tree.bookmark", "&Bookmark", "Ctrl+B"),
    _inside("Notes and mar&ks", "tree.note", "&Note…", "Ctrl+M"),
    _inside("Notes and mar&ks", "tree.tags", "Ta&gs…", "Ctrl+T"),
    _inside("Notes and mar&ks", "tree.watch", "&Watch words…", "Ctrl+Shift+W"),
    _inside("G&o to", "tree.parent", "Go to the token &before", "Alt+Left"),
    _inside("G&o to", "tree.fork", "Go to the &fork before", "Alt+Up"),
    _inside("G&o to", "tree.sibling", "Go to the next &alternative", "Alt+Down"),
    _inside("G&o to", "tree.start", "Go to the be&ginning", "Alt+Home"),
    _inside("G&o to", "tree.surprising", "Go to the next s&urprising token", "F4"),
    _inside("G&o to", "tree.uncertain", "Go to the next uncertain &place", "Shift+F4"),
    _spec("lab.show", "&Experiments", "Ctrl+L"),
    _spec("lab.run", "&Run the experiment", "Ctrl+Shift+R"),
    _spec("lab.cost", "&Measure its cost"),
    _spec("lab.pause", "&Pause or resume the run", "Ctrl+Shift+U"),
    _spec("lab.stop", "&Stop the run"),
    _spec("lab.report", "&Open the report", starts_group=True),
    _spec("lab.save_report", "S&ave the report…"),
    _spec("lab.save_csv", "Save the rows as &CSV…"),
    _spec("lab.save_json", "Save everything as &JSON…"),
    _spec("lab.overlay", "&Lay two runs over each other…", starts_group=True),
    _spec("lab.self_test", "Self-&test of the lab…"),
    _spec("model.open", "&Open a model…", "Ctrl+Shift+O"),
    _spec("model.cancel", "&Cancel loading"),
    _spec("model.reload", "&Load the model again", "Ctrl+Shift+L"),
    _spec("model.verify", "&Verify numbers…", "Ctrl+Shift+Y", starts_group=True),
    _spec("help.steps", "&First steps"),
    _spec("help.keys", "&Keys", "F1"),
    _spec("help.change_keys", "Chan&ge keys…"),
    _spec("help.what", "What is thi&s?", "Ctrl+F1"),
    _spec("help.words", "&What the words mean", "Shift+F1"),
    _spec("help.report", "Copy a &diagnostic report", starts_group=True),
    _spec("help.about", "&About Swerve"),
)

CHECKABLE = {"lab.show", "view.branches", "view.compare", "view.side", "view.reading"} | {
    *("view.blocks", "view.compact", "view.words", "view.minimap"),
    *PLACES.values(),
}


def name_of(id_: str) -> str:
    """Return what an action is called at any time, whatever it would do just now."""
    return plain(next(spec.text for spec in ACTIONS if spec.id == id_))


def place_of(id_: str) -> str:
    """Return an action's menus and its name, as a person finds it there."""
    return placed(id_, name_of(id_))


def placed(id_: str, words: str) -> str:
    """Return an action's menus and what it is called just now."""
    spec = next(spec for spec in ACTIONS if spec.id == id_)
    return f" {ARROW} ".join(filter(None, (spec.menu, plain(spec.submenu), plain(words))))


def plain(text: str) -> str:
    """Return a menu's words without the mark of its letter."""
    return text.replace("&", "")


def build_actions(
    owner: QWidget, bar: QMenuBar, slots: Mapping[str, Callable[[], object]]
) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """Fill the menu bar with the actions that have a slot; return actions and submenus by id."""
    actions: dict[str, QAction] = {}
    submenus: dict[str, QMenu] = {}
    menus = {name: QMenu(f"&{name}", bar) for name in MENUS}
    for spec in ACTIONS:
        menu = menus[spec.menu]
        if spec.starts_group:
            submenus.get(spec.submenu, menu).addSeparator()
        if spec.submenu:
            if spec.submenu not in submenus:
                submenus[spec.submenu] = menu.addMenu(spec.submenu)
            menu = submenus[spec.submenu]
        slot = slots.get(spec.id)
        if slot is None:
            continue
        action = QAction(spec.text, owner)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(bool(spec.choices) or spec.id in CHECKABLE)
        action.triggered.connect(_without_state(slot))
        owner.addAction(action)
        menu.addAction(action)
        actions[spec.id] = action
    for menu in menus.values():
        if not menu.isEmpty():
            bar.addMenu(menu)
    return actions, submenus


def _without_state(slot: Callable[[], object]) -> Callable[[], None]:
    def call(*_state: bool) -> None:
        slot()

    return call
