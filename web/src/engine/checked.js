/** Return the answer of an engine, or raise what it says went wrong. */
export function checked(answer) {
  if (typeof answer.error === "string") throw Object.assign(new Error(answer.error), answer);
  return answer;
}
