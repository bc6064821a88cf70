// Runs in every frame before anything of its own, and reports what happens there unasked.
(() => {
  const report = (kind, what) => window.noted(kind, String(what));

  for (const name of ["alert", "confirm", "prompt", "print"]) {
    window[name] = () => report("ran", name);
  }
  window.open = () => report("ran", "open");
  // Not what fails to load, which is an error of its element and no script's.
  addEventListener("error", (event) => event instanceof ErrorEvent && report("ran", event.message));
  addEventListener("securitypolicyviolation", (event) =>
    report("policy", `${event.effectiveDirective} ${event.blockedURI}`),
  );
})();
