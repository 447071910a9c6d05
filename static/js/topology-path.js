// The shortest way between two devices, over links that are there.

import { shown } from "./topology-graph.js";

export function showPath(cy, from, to) {
  cy.elements().removeClass("path faded");
  if (from.length !== 1 || to.length !== 1) return null;
  const there = shown(cy).filter((element) => element.isNode() || element.data("state") !== "vanished");
  const { found, path } = there.aStar({ root: from[0], goal: to[0], directed: false });
  if (!found) return null;
  cy.elements().addClass("faded");
  path.removeClass("faded").addClass("path");
  return path;
}

export function pathWords(path, from, to, linkTo) {
  for (const [which, end] of [["first", from], ["second", to]]) {
    if (end.length !== 1) return [end.empty() ? `No device shown has the ${which} name.` : `Several devices have the ${which} name.`];
  }
  if (!path) return ["There is no way between them over the links that are shown."];
  const hops = path.edges().length;
  const parts = [`${hops} link${hops === 1 ? "" : "s"}: `];
  path.forEach((element) => {
    if (element.isNode()) parts.push(linkTo(element));
    else {
      const before = path[path.indexOf(element) - 1];
      const { a, b } = element.data();
      const [out, into] = before.same(element.source()) ? [a, b] : [b, a];
      parts.push(` ${out} → ${into} `);
    }
  });
  return parts;
}
