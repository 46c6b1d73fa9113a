// SVG text as elements, without anything that could run or load.

const FORBIDDEN = "script, foreignObject, iframe, image, audio, video, animate, set, handler";

/** Return the SVG element of a text, to be put into the page; raises an Error where it is no SVG. */
export function parsedSvg(text) {
  const found = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = found.documentElement;
  if (root.localName !== "svg") throw new Error("This drawing cannot be shown.");
  for (const element of root.querySelectorAll(FORBIDDEN)) element.remove();
  for (const element of [root, ...root.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      const isLink = name === "href" || name === "xlink:href";
      if (name.toLowerCase().startsWith("on") || (isLink && !value.startsWith("#"))) element.removeAttribute(name);
    }
  }
  return document.importNode(root, true);
}
