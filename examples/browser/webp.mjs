/**
 * Converts a PNG to WebP, a third of its size.
 *
 * @param {import("playwright").Page} page any page; its canvas does the conversion
 * @param {Buffer} png
 */
export async function asWebp(page, png) {
  const base64 = await page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    return canvas.toDataURL("image/webp", 0.8).split(",")[1];
  }, png.toString("base64"));
  return Buffer.from(base64, "base64");
}
