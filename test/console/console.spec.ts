import { startConsoleWorld, type ConsoleWorld } from './console-world.js';
import { accessFlows } from './flows/access.js';
import { figuresFlows } from './flows/figures.js';
import { dataFlows } from './flows/data.js';
import { pageFlows } from './flows/page.js';
import { settingsFlows } from './flows/settings.js';
import { askFlows } from './flows/ask.js';
import { cohortPageFlows } from './flows/cohort-page.js';
import { cohortFlows } from './flows/cohorts.js';
import { readFlows } from './flows/read.js';
import { mannersFlows } from './flows/manners.js';
import { requestsFlows } from './flows/requests.js';
import { watchFlows } from './flows/watch.js';
import { signInFlows } from './flows/sign-in.js';

// One program and one browser for all of the console.

describe('the console', () => {
  let started: ConsoleWorld | undefined;
  const world = (): ConsoleWorld => {
    if (started === undefined) throw new Error('The world is not ready');
    return started;
  };

  beforeAll(async () => {
    started = await startConsoleWorld();
  });
  afterEach(async () => {
    await started?.closePages();
  });
  afterAll(async () => {
    await started?.stop();
  });

  describe('its page', () => {
    pageFlows(world);
  });
  describe('signing in', () => {
    signInFlows(world);
  });
  describe('members, keys and the audit log', () => {
    accessFlows(world);
  });
  describe('properties and their settings', () => {
    settingsFlows(world);
  });
  describe('what is stored', () => {
    dataFlows(world);
  });
  describe('figures', () => {
    figuresFlows(world);
  });

  describe('asking', () => {
    askFlows(world);
  });
  describe('cohorts', () => {
    cohortFlows(world);
  });
  describe('one cohort', () => {
    cohortPageFlows(world);
  });
  describe('the list of requests', () => {
    requestsFlows(world);
  });
  describe('reading', () => {
    readFlows(world);
  });
  describe('manners', () => {
    mannersFlows(world);
  });
  describe('watching', () => {
    watchFlows(world);
  });

  it('has run into nothing that it did not expect, nor into its policy', () => {
    expect(world().complaints).toEqual([]);
  });
});
