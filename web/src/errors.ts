/** What this package throws: what was expected, what came, what to do next. */
export class Mp2FlameError extends Error {
  override name = "Mp2FlameError";
}
