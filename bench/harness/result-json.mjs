/**
 * Lists of objects span lines, with one object per line; every other value is one line. So a new measurement changes one line per
 * contender.
 *
 * @param {unknown} result
 * @returns {string} the text of a result file
 */
export function resultJson(result) {
  // six digits are more precise than the noise, and keep the diffs of the committed files short
  const rounded = JSON.parse(
    JSON.stringify(result, (_, value) =>
      typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value,
    ),
  );
  return `${lines(rounded, "")}\n`;
}

/** @param {unknown} value @param {string} indent @returns {string} */
function lines(value, indent) {
  if (indent !== "" && !holdsObjects(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => `${inner}${lines(item, inner)}`)
    : Object.entries(/** @type {object} */ (value)).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${lines(item, inner)}`);
  return `${isList ? "[" : "{"}\n${items.join(",\n")}\n${indent}${isList ? "]" : "}"}`;
}

/** @param {unknown} value @returns {boolean} whether there is a list of objects in it */
function holdsObjects(value) {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) return true;
  return Object.values(value).some(holdsObjects);
}
