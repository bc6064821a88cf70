// The first that fits: each of them also claims to be those after it.
const BROWSERS: [RegExp, string][] = [
  [/Edg(A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/Safari\//, 'Safari']
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux']
];

/** `Firefox on Windows`, or the beginning of what is none of the known ones. */
export function browserOf(agent: string, on: (browser: string, system: string) => string): string {
  const [browser, system] = [BROWSERS, SYSTEMS].map(
    (all) => all.find(([pattern]) => pattern.test(agent))?.[1]
  );
  return browser && system ? on(browser, system) : (browser ?? agent.slice(0, 60));
}
