"""Every handler that an event can call, each on an element that may stay."""

_BY_ELEMENT = {
    "p": (
        "auxclick", "beforecopy", "beforecut", "beforeinput", "beforematch", "beforepaste",
        "beforexrselect", "blur", "change", "click", "contextmenu", "copy", "cut", "dblclick",
        "drag", "dragend", "dragenter", "dragleave", "dragover", "dragstart", "drop", "focus",
        "focusin", "focusout", "formdata", "gotpointercapture", "input", "keydown", "keypress",
        "keyup", "lostpointercapture", "paste", "pointerdown", "pointerrawupdate", "pointerup",
        "scroll", "scrollend", "search", "selectstart", "touchstart", "webkitmouseforcedown",
    ),
    "div": (
        "animationcancel", "animationend", "animationiteration", "animationstart",
        "securitypolicyviolation", "transitioncancel", "transitionend", "transitionrun",
        "transitionstart", "webkitanimationend", "webkittransitionend", "wheel", "mousewheel",
    ),
    "a": (
        "mousedown", "mouseenter", "mouseleave", "mousemove", "mouseout", "mouseover", "mouseup",
        "pointerenter", "pointermove", "pointerout", "pointerover",
    ),
    "img": ("abort", "error", "load", "loadstart", "progress"),
    "details": ("beforetoggle", "toggle", "cancel", "close", "command", "fullscreenchange"),
}  # fmt: skip

HANDLERS = tuple(
    f"<{element} on{event}=alert(1) src=x href=#x>x"
    for element, events in _BY_ELEMENT.items()
    for event in events
)
