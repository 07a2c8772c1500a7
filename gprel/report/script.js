"use strict";
// What a document holds is in data-o: "outcome:label outcome:label ...", numbers as in the two lists of choices.
const examples = [...document.querySelectorAll(".example")];
const [outcome, label, search] = ["outcome", "label", "search"].map((id) => document.getElementById(id));
const words = new Map(examples.map((one) => [one, one.textContent.toLowerCase()]));

function matches(one) {
  const has = one.dataset.o.split(" ").some((pair) => {
    const [o, l] = pair.split(":");
    return (!outcome.value || o === outcome.value) && (!label.value || l === label.value);
  });
  return has && words.get(one).includes(search.value.toLowerCase());
}

function update() {
  let n = 0;
  for (const one of examples) n += !(one.hidden = !matches(one));
  document.getElementById("matching").textContent = `${n} of ${examples.length} match`;
}

for (const control of [outcome, label, search]) control.addEventListener("input", update);
update();  // a browser may restore what was chosen before the page was loaded anew
