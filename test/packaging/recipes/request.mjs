// What the recipes of servers are asked, and what they have to answer.
const LOSS = 0.3853622;

export const REQUEST = { method: "POST", body: JSON.stringify({ logits: [2, 1, 0.5, 0.5, 2.5, 1], targets: [0, 1] }) };

/** Faults. */
export function faultOfLoss(recipe, answer) {
  return Math.abs(answer.loss - LOSS) < 1e-6 ? [] : [`docs/recipes.md, ${recipe}: answers ${JSON.stringify(answer)}`];
}
