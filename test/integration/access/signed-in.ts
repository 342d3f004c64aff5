import type { InvitationWithTokenDto, MemberDto } from '../../../src/accounts/members/member.dto.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import type { TestApp } from '../../support/test-app.js';

export type Headers = Readonly<Record<string, string>>;

export const PASSWORD = 'violet lamps hum at noon';
export const SAME_SITE: Headers = { 'sec-fetch-site': 'same-origin' };

let addresses = 0;

/** A call of a path below /v1 with these headers alone. */
export function callAt(
  url: string,
  method: Method,
  path: string,
  headers: Headers,
  body?: object,
): Promise<TestResponse> {
  return callHttp(url, method, `/v1${path}`, { headers, body });
}

export function codeOf(response: TestResponse): [number, string] {
  return [response.status, response.json<{ code: string }>().code];
}

/** The cookie that an answer sets, as it is sent back. */
export function cookieOf(response: TestResponse): Headers {
  const set = String(response.headers['set-cookie']);
  return { cookie: /^muster_session=[\w-]{43}/.exec(set)?.[0] ?? '' };
}

/** A member with a role, signed in. */
export async function newMember(
  { url, adminKey }: TestApp,
  granted: object,
): Promise<{ email: string; cookie: Headers; id: string }> {
  const byKey = { authorization: `Bearer ${adminKey}` };
  const email = `member-${(addresses += 1)}@example.org`;
  const invited = await callAt(url, 'POST', '/account/invitations', byKey, { email, ...granted });
  if (invited.status !== 201) throw new Error(invited.text);
  const { token } = invited.json<InvitationWithTokenDto>();
  const accepted = await callAt(url, 'POST', '/invitations/accept', {}, { token, email, password: PASSWORD });
  if (accepted.status !== 200) throw new Error(accepted.text);
  const { data } = (await callAt(url, 'GET', '/account/members?limit=1000', byKey)).json<{ data: MemberDto[] }>();
  const id = data.find((one) => one.email === email)?.id ?? '';
  return { email, cookie: cookieOf(accepted), id };
}
