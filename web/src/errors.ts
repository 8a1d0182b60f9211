/** What this package throws: what was expected, what came, what to do next. */
export class Mp2FlameError extends Error {
  override name = "Mp2FlameError";
}

/** Of a whole head file that this version cannot use, with what to do. */
export function otherVersion(header: Readonly<Record<string, unknown>>, why: string): Mp2FlameError {
  const by = typeof header["made_by"] === "string" ? ` (by ${header["made_by"]})` : "";
  return new Mp2FlameError(
    `this head was made for another version of mp2flame${by}: ${why}. Write it again from your FLAME file with the mp2flame that this page ` +
      "is of: mp2flame export-web FLAME -o head.m2f --overwrite",
  );
}
