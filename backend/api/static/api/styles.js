// ReDoc writes styles of its own, which the content policy takes with the page's nonce only, and asks a foreign host
// for its logo, which the policy would refuse with an error on the console. Must run before ReDoc does.
"use strict";

const nonce = document.querySelector("style[nonce]").nonce;
const make = document.createElement.bind(document);

document.createElement = (name, ...rest) => {
  const element = make(name, ...rest);
  if (name.toLowerCase() === "style") {
    element.nonce = nonce;
  }
  if (name.toLowerCase() === "img") {
    const set = element.setAttribute.bind(element);
    element.setAttribute = (key, value) => {
      if (key !== "src" || new URL(value, location.href).origin === location.origin) {
        set(key, value);
      }
    };
    Object.defineProperty(element, "src", { set: (value) => element.setAttribute("src", value) });
  }
  return element;
};
