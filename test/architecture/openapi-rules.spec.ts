import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Spectral, type RulesetDefinition } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { PACKAGE_ROOT } from '../support/source-files.js';

interface Document {
  readonly openapi: string;
  readonly info: object;
  readonly servers: object;
}

/** As it is committed; `test/integration/http/openapi.spec.ts` holds it to what the program writes. */
const committed = readFileSync(join(PACKAGE_ROOT, 'packages/client/openapi.json'), 'utf8');

describe('the OpenAPI document', () => {
  it('has no finding of the recommended rules of Redocly', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const findings = async (source: string): Promise<string[]> => {
      const problems = await lintFromString({ source, config });
      return problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`);
    };
    // What a browser calls sends it on.
    const isRedirect = (found: string): boolean => /^operation-2xx-response .*~1providers~1\{id\}~1/.test(found);
    expect((await findings(committed)).filter((found) => !isRedirect(found))).toEqual([]);
    const worse = JSON.parse(committed) as Document;
    Reflect.deleteProperty(worse, 'servers');
    expect(await findings(JSON.stringify(worse))).not.toEqual([]);
  });

  it('has no finding of the `oas` rules of Spectral', async () => {
    const spectral = new Spectral();
    // Spectral: the type of its own rule set does not fit the parameter that takes it.
    spectral.setRuleset({ extends: [[oas as RulesetDefinition, 'recommended']], rules: {} });
    const findings = async (source: string): Promise<string[]> =>
      (await spectral.run(source)).map(({ code, path }) => `${code} ${path.join('/')}`);
    expect(await findings(committed)).toEqual([]);
    const { openapi, info } = JSON.parse(committed) as Document;
    expect(await findings(JSON.stringify({ openapi, info, paths: {} }))).toEqual(['oas3-api-servers ']);
  });
});
