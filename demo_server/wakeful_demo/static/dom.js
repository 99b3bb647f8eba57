/** Building elements. Whatever comes from a stream becomes a text node, never markup. */

/** h("p", {class: "note"}, "text", element): attributes that are false or null are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Changing a text to itself would still make the browser lay out, and a screen reader speak. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function count(n, noun) {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}
