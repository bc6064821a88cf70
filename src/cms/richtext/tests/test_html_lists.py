"""Lists and tasks of other editors are lists and tasks here, however they are written."""

import pytest

from cms.richtext.tests.judge import assert_means, clean


def tasks(*items: str) -> str:
    return f'<ul data-type="taskList">{"".join(items)}</ul>'


def task(content: str, *, done: bool) -> str:
    checked = "true" if done else "false"
    return f'<li data-checked="{checked}" data-type="taskItem">{content}</li>'


@pytest.mark.parametrize(
    "markup",
    [
        # CKEditor
        '<ul class="todo-list"><li><label class="todo-list__label"><input type="checkbox" disabled'
        ' checked><span class="todo-list__label__description">a</span></label></li>'
        "<li><label><input type=checkbox>b</label></ul>",
        # GitHub
        '<ul class="contains-task-list"><li class="task-list-item"><input type="checkbox" '
        'class="task-list-item-checkbox" checked disabled> a</li><li><input type=checkbox> b</ul>',
        # Quill, 1 and 2
        '<ul data-checked="true"><li>a</li></ul><ul data-checked="false"><li>b</li></ul>',
        '<ol><li data-list="checked"><span class="ql-ui" contenteditable="false"></span>a</li>'
        '<li data-list="unchecked">b</li></ol>',
        # Google Docs
        '<ul><li dir=x role="checkbox" aria-checked="true"><img src="data:image/png;base64,x" '
        'aria-roledescription="checkbox checked">a</li><li role=checkbox aria-checked=false>b</ul>',
        # TipTap, whose own attribute counts
        '<ul data-type="taskList"><li data-checked="true" data-type="taskItem"><label>'
        '<input type="checkbox"></label>a</li><li data-checked="false" data-type="taskItem">b</li></ul>',
    ],
)
def test_a_task_list_is_one_whoever_wrote_it(markup: str) -> None:
    assert_means(markup, tasks(task("a", done=True), task("b", done=False)))


def test_a_box_outside_a_list_leaves_a_sign() -> None:
    assert_means("<p><input type=checkbox checked> a</p>", "<p>☑  a</p>")
    assert_means("<table><tr><td><input type=checkbox></table>", clean("<table><tr><td>☐ </table>"))
    assert_means("<ul><li>a <input type=checkbox></ul>", "<ul><li>a ☐ </li></ul>")
    assert clean('<p><input type="text"> a</p>') == "<p> a</p>"


def test_a_box_in_a_numbered_list_makes_it_a_task_list() -> None:
    assert_means("<ol><li><input type=checkbox> a</ol>", tasks(task("a", done=False)))


def test_nested_lists_of_quill_nest() -> None:
    assert_means(
        '<ol><li data-list="ordered">A</li><li data-list="bullet" class="ql-indent-1">B</li>'
        '<li data-list="bullet" class="ql-indent-2">C</li><li data-list="ordered">D</li></ol>',
        "<ol><li>A<ul><li>B<ul><li>C</li></ul></li></ul></li><li>D</li></ol>",
    )
    assert_means(
        '<ul><li>A</li><li class="ql-indent-1">B</li></ul>',
        "<ul><li>A<ul><li>B</li></ul></li></ul>",
    )


def test_a_list_between_the_items_of_another_belongs_to_the_item_before_it() -> None:
    assert_means(
        "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>",
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    )


@pytest.mark.parametrize(
    ("style", "kind"),
    [
        *(("decimal", "1"), ("lower-roman", "i"), ("upper-roman", "I")),
        *(("lower-alpha", "a"), ("lower-latin", "a"), ("upper-alpha", "A"), ("upper-latin", "A")),
    ],
)
def test_the_kind_of_a_list_is_kept(style: str, kind: str) -> None:
    attribute = "" if kind == "1" else f' type="{kind}"'
    meant = f"<ol{attribute}><li>a</li></ol>"
    assert_means(f"<ol style='list-style-type:{style}'><li>a</ol>", meant)
    assert_means(f"<ol><li style='list-style-type:{style}'>a</ol>", meant)


def word(level: int, marker: str, content: str, number: int = 0) -> str:
    return (
        f"<p class=MsoListParagraph style='margin:0;mso-list:l{number} level{level} lfo1'>"
        f"<![if !supportLists]><span style='mso-list:Ignore'>{marker}<span>&nbsp;&nbsp; </span>"
        f"</span><![endif]>{content}<o:p></o:p></p>\n\n"
    )


def test_paragraphs_of_word_become_the_lists_that_they_are() -> None:
    markup = (
        word(1, "·", "a")
        + word(2, "o", "b")
        + word(1, "·", "<b>c</b>")
        + word(1, "3.", "d", number=1)
        + word(2, "b)", "e", number=1)
        + word(2, "c)", "f", number=1)
    )
    assert_means(
        f"{markup}<p class=MsoNormal>g</p>",
        "<ul><li>a<ul><li>b</li></ul></li><li><b>c</b></li></ul>"
        '<ol start="3"><li>d<ol type="a"><li>e</li><li>f</li></ol></li></ol><p>g</p>',
    )


def test_another_list_of_word_begins_anew() -> None:
    markup = word(1, "1.", "a") + word(1, "1.", "b", number=1)
    assert_means(markup, "<ol><li>a</li></ol><ol><li>b</li></ol>")


@pytest.mark.parametrize(
    ("marker", "attributes"),
    [
        ("1.", ""),
        ("(7)", ' start="7"'),
        ("1.1.", ""),
        ("i.", ' type="i"'),
        ("IV.", ' type="I"'),
        ("A)", ' type="A"'),
    ],
)
def test_the_marker_says_what_list_of_word_it_is(marker: str, attributes: str) -> None:
    assert_means(word(1, marker, "a"), f"<ol{attributes}><li>a</li></ol>")


def test_the_number_of_a_heading_of_word_stays() -> None:
    markup = "<h1 style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>1. </span>a</h1>"
    assert_means(markup, "<h1>1. a</h1>")
