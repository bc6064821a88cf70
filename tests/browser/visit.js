// Puts a piece of markup into this document in every way that websites do, looks at what came of
// it, and does all that a visitor could do with it.
(() => {
  const { markup, ways } = JSON.parse(document.currentScript.dataset.visit);
  // Markup that was not cleaned may take the place of any property of the document or of a form.
  const { querySelector, querySelectorAll, getAttributeNames, getAttribute, matches } =
    Element.prototype;
  const { createElement, createTreeWalker } = Document.prototype;
  const { dispatchEvent } = EventTarget.prototype;
  const html = document.documentElement;
  const note = window.noted;

  const create = (name) => createElement.call(document, name);
  const all = (place) => [...querySelectorAll.call(place, "*")];
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  const frame = () => new Promise(requestAnimationFrame);
  const followed = () => frame().then(turn);

  const PREFIX = "user-content-";
  const SCHEMES = ["http:", "https:", "mailto:", "tel:"];
  const INSIDE = ["p", "td", "li", "a", "b", "pre", "button", "select", "svg", "math"];
  const WAYS = {
    served: () => [querySelector.call(html, "article")],
    innerHTML: (article) => {
      article.innerHTML = markup;
    },
    // what {@html} of Svelte does
    template: (article) => {
      const template = create("template");
      template.innerHTML = markup;
      article.append(template.content.cloneNode(true));
    },
    parser: (article) => {
      const page = new DOMParser().parseFromString(`<article>${markup}</article>`, "text/html");
      article.append(...querySelector.call(page.documentElement, "article").childNodes);
    },
    // unlike innerHTML this runs scripts
    fragment: (article) => {
      const range = new Range();
      range.selectNodeContents(article);
      article.append(range.createContextualFragment(markup));
    },
    unsafe: (article) => article.setHTMLUnsafe(markup),
    // as an editor does that takes its text out of the page and puts it in again
    again: (article) => {
      const text = () => article.innerHTML.replaceAll(/(<pre[^>]*>)\n+/g, "$1");
      article.innerHTML = markup;
      const once = text();
      article.innerHTML = article.innerHTML;
      if (text() !== once) note("mutated", text());
    },
    inside: (article) =>
      INSIDE.map((name) => {
        const namespace = { svg: "2000/svg", math: "1998/Math/MathML" }[name] ?? "1999/xhtml";
        const place = document.createElementNS(`http://www.w3.org/${namespace}`, name);
        article.append(place);
        place.innerHTML = markup;
        return place;
      }),
  };

  // Element by element, and whether a script's global has become one of them.
  function look(place) {
    for (const element of all(place)) {
      const listed = LISTED[element.localName];
      if (!listed) note("unlisted", element.localName);
      for (const name of getAttributeNames.call(element)) {
        if (listed && !listed.includes(name)) note("unlisted", `${element.localName}[${name}]`);
      }
      for (const url of [element.href, element.src]) {
        if (typeof url !== "string" || !url) continue;
        const { protocol } = new URL(url, location);
        if (!SCHEMES.includes(protocol)) note("unlisted", `${element.localName}[${protocol}]`);
      }
      for (const name of ["id", "name"].map((name) => getAttribute.call(element, name))) {
        if (name?.startsWith(PREFIX)) continue; // no global begins like this
        for (const [owner, object] of Object.entries({ window, document, form: element.form })) {
          const found = name && object?.[name];
          if (found instanceof Element || found instanceof HTMLCollection || found?.parent === window) {
            note("clobbered", `${owner}.${name}`);
          }
        }
      }
    }
    const hidden = NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_PROCESSING_INSTRUCTION;
    const node = createTreeWalker.call(document, place, hidden).nextNode();
    if (node) note("unlisted", node.nodeName);
  }

  function lookAround() {
    const outline = (place) => [...place.childNodes].map((node) => node.nodeName).join(" ");
    const body = querySelector.call(html, "body");
    const found = [outline(html), outline(body), outline(body.firstChild)].join(", ");
    if (found !== "HEAD BODY, MAIN, ARTICLE FOOTER") note("broke out", found);
  }

  // A page whose script asks a global of its own name for code, as configuration is often passed.
  function trust() {
    if (window.config) setTimeout(String(window.config.callback ?? window.config));
  }

  const EVENTS = [
    ..."pointerover pointerenter mouseover mouseenter pointermove mousemove pointerdown".split(" "),
    ..."mousedown focus focusin pointerup mouseup click auxclick dblclick contextmenu".split(" "),
    ..."keydown keypress beforeinput input keyup change select copy cut paste wheel".split(" "),
    ..."dragstart drag dragover drop dragend touchstart touchend scroll toggle submit".split(" "),
    ..."load error animationstart transitionend mouseout mouseleave blur focusout".split(" "),
  ];
  // Followed one after the other: a navigation that begins takes the place of one that waits.
  const FOLLOWED = "a[*|href], area, button, input, form, [*|href], [href]";

  // Of hundreds of elements the outermost and the innermost: an event visits all that are around.
  const MANY = 20;

  async function touch(place) {
    const elements = all(place);
    if (elements.length > MANY) elements.splice(MANY / 2, elements.length - MANY);
    for (const element of elements) {
      const own = getAttributeNames.call(element).filter((name) => name.startsWith("on"));
      for (const type of [...EVENTS, ...own.map((name) => name.slice(2))]) {
        const mouse = type === "click" || type === "auxclick";
        const event = new (mouse ? MouseEvent : Event)(type, { bubbles: true, cancelable: true });
        dispatchEvent.call(element, event);
      }
      if (element instanceof HTMLElement) HTMLElement.prototype.focus.call(element);
      if (element instanceof HTMLDetailsElement) element.open = !element.open;
      if (element instanceof HTMLFormElement) {
        HTMLFormElement.prototype.requestSubmit.call(element);
        await followed();
      }
      if (matches.call(element, FOLLOWED)) await followed();
    }
  }

  async function settle(places) {
    const images = places.flatMap(all).filter((element) => element instanceof HTMLImageElement);
    const event = (image, type) =>
      new Promise((resolve) => image.addEventListener(type, resolve, { once: true }));
    const finished = (image) =>
      image.complete || Promise.race([event(image, "load"), event(image, "error")]);
    await Promise.all(images.map(finished));
    await followed();
  }

  async function visit() {
    for (const way of ways) {
      window.noted("way", way);
      const article = create("article");
      if (way === "served") lookAround();
      else querySelector.call(html, "main").append(article);
      const given = WAYS[way](article);
      const places = Array.isArray(given) ? given : [article];
      places.forEach(look);
      trust();
      for (const place of places) await touch(place);
      await settle(places);
      if (way !== "served") article.remove();
    }
    // What a document does of its own accord, it may do only when it has been loaded.
    for (let count = 0; count < 3; count += 1) await followed();
  }

  addEventListener("load", () =>
    visit()
      .catch((error) => note("broken", error))
      .finally(() => note("done", "")),
  );
})();
