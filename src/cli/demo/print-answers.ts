import type { Answer } from '../../../packages/client/src/index.js';
import type { Question } from './questions.js';

const FIGURES = ['n', 'mean', 'median', 'min', 'max', 'std', 'positives', 'proportion'] as const;

/** The request as JSON and its answer: whole where asked, else its aggregates. */
export function printAnswer({ title, request }: Question, answer: Answer | undefined, isWhole: boolean): void {
  console.log(`\n${title}\n  request ${JSON.stringify(request)}`);
  if (isWhole) return console.log(`  answer  ${indent(JSON.stringify(answer, null, 2))}`);
  console.log(`  answer  ${JSON.stringify({ status: answer?.status, aggregates: answer?.aggregates })}`);
}

/** One line per question: the aggregates of its first column. */
export function printTable(title: string, questions: readonly Question[], answers: readonly Answer[]): void {
  const rows = questions.map((question, i) => [question.title, ...figuresOf(answers[i])]);
  const lines = [[title, ...FIGURES], ...rows];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  console.log('');
  for (const line of lines) {
    console.log(
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    );
  }
}

function figuresOf(answer: Answer | undefined): string[] {
  const [column] = answer?.columns ?? [];
  const aggregates: Record<string, unknown> = { ...answer?.aggregates?.[column?.name ?? ''] };
  const proportion = aggregates['proportion'] as { value: number; positives: number } | undefined;
  const all = { ...aggregates, proportion: proportion?.value, positives: proportion?.positives };
  return FIGURES.map((name) => cellOf(all[name as keyof typeof all]));
}

function cellOf(value: unknown): string {
  if (typeof value !== 'number') return '';
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}

const indent = (text: string): string => text.replaceAll('\n', '\n          ');
