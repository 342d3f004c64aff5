/** What stands in an expression of cohorts where one types, and what it may become. */

const OPERATORS = /[&~()]/;

interface Word {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The name at a place of an expression such as `january&(buy`. */
export function wordAt(expression: string, caret: number): Word {
  let from = caret;
  while (from > 0 && !OPERATORS.test(expression[from - 1] ?? '')) from--;
  let to = caret;
  while (to < expression.length && !OPERATORS.test(expression[to] ?? '')) to++;
  return { from, to, text: expression.slice(from, to).trim() };
}

/** Names that hold what is typed, those that begin with it first. */
export function fittingNames(names: readonly string[], typed: string, most: number): string[] {
  const wanted = typed.toLowerCase();
  const holding = names.filter((name) => name.toLowerCase().includes(wanted));
  const rank = (name: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return holding.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).slice(0, most);
}

/** The expression with a name in the place of the word at the caret. */
export function completed(expression: string, caret: number, name: string): string {
  const { from, to } = wordAt(expression, caret);
  return expression.slice(0, from) + name + expression.slice(to);
}
