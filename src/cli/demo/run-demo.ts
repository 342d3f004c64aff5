import { MusterClient, MusterError, type Answer, type PropertyClient } from '../../../packages/client/src/index.js';
import { readPurchases, toEvent, usersByFirstMonth, type Purchase } from './cdnow-data.js';
import { printAnswer, printTable } from './print-answers.js';
import { progressBar } from './progress-bar.js';
import { COHORTS, COHORT_QUESTIONS, EVERYBODY_QUESTIONS, type Question } from './questions.js';

/** Slug of the property that the demo loads. */
export const DEMO_PROPERTY = 'cdnow';

export interface DemoOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly signal: AbortSignal;
}

/**
 * Loads the data, makes the cohorts, asks every question, prints requests and answers. Can be run again on the same
 * folder.
 */
export async function runDemo({ url, apiKey, signal }: DemoOptions): Promise<void> {
  const client = new MusterClient({ url, apiKey });
  await unlessThere(client.createProperty({ slug: DEMO_PROPERTY, name: 'CDNOW purchases 1997-1998' }));
  const cdnow = client.property(DEMO_PROPERTY);
  const purchases = readPurchases();
  await load(cdnow, purchases, signal);
  await createCohorts(cdnow, purchases);
  const questions = [...COHORT_QUESTIONS, ...EVERYBODY_QUESTIONS];
  const answers = await askAll(cdnow, questions, signal);
  for (const [i, question] of questions.entries()) printAnswer(question, answers[i], i === 0);
  printTable('Each cohort', COHORT_QUESTIONS, answers.slice(0, COHORT_QUESTIONS.length));
  printTable('Everybody', EVERYBODY_QUESTIONS, answers.slice(COHORT_QUESTIONS.length));
  await askAgain(cdnow, questions[0], signal);
}

async function load(cdnow: PropertyClient, purchases: readonly Purchase[], signal: AbortSignal): Promise<void> {
  const bar = progressBar('Sending purchases', purchases.length);
  function* events() {
    for (const purchase of purchases) {
      bar.increment();
      yield toEvent(purchase);
    }
  }
  const { accepted, duplicates, rejected } = await cdnow.sendEvents(events(), { signal });
  bar.stop();
  console.log(`  accepted ${accepted}, duplicates ${duplicates}, rejected ${rejected}`);
}

async function createCohorts(cdnow: PropertyClient, purchases: readonly Purchase[]): Promise<void> {
  const months = usersByFirstMonth(purchases);
  for (const { name, month } of COHORTS) {
    const users = months.get(month) ?? [];
    await unlessThere(cdnow.createCohort({ name, static: { users }, tags: ['cdnow'] }));
    console.log(`  cohort ${name}: ${users.length} customers who first bought in ${month}`);
  }
}

async function askAll(cdnow: PropertyClient, questions: readonly Question[], signal: AbortSignal): Promise<Answer[]> {
  const bar = progressBar('Running requests', questions.length);
  const answers: Answer[] = [];
  for (const { request } of questions) {
    answers.push(await cdnow.ask(request, { signal }));
    bar.increment();
  }
  bar.stop();
  return answers;
}

async function askAgain(cdnow: PropertyClient, question: Question | undefined, signal: AbortSignal): Promise<void> {
  if (question === undefined) return;
  const start = performance.now();
  const { cached, computed_at } = await cdnow.ask(question.request, { signal });
  const ms = (performance.now() - start).toFixed(1);
  console.log(
    `\nAsked again: ${question.title}\n  cached: ${cached}, computed at ${computed_at}, answered in ${ms} ms`,
  );
}

/** Resolves also where the thing has been made by an earlier run. */
async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof MusterError && error.code === 'conflict')) throw error;
  }
}
