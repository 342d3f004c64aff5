import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { DataSource } from 'typeorm';
import type { InvitationWithTokenDto } from '../../../src/accounts/members/member.dto.js';
import { Mail } from '../../../src/accounts/members/mail.service.js';
import type { Config } from '../../../src/platform/config/config.js';
import { callHttp } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { byKey } from './provider-world.js';
import { callAt, PASSWORD } from './signed-in.js';

let stores: TestStores;
let app: TestApp;
let server: SMTPServer;
let port: number;
let isRefusing = false;
const received: { readonly to: readonly string[]; readonly text: string }[] = [];

beforeAll(async () => {
  stores = await startTestStores();
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_, __, done) => done(isRefusing ? new Error('no such mailbox') : null),
    onData: (stream, { envelope }, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        received.push({ to: envelope.rcptTo.map(({ address }) => address), text: String(Buffer.concat(pieces)) });
        done();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  port = (listening.address() as AddressInfo).port;
  const smtp = { url: `smtp://127.0.0.1:${port}`, from: 'muster@example.org' };
  app = await startTestApp(stores, { smtp, publicUrl: 'https://muster.example.org', trustedProxies: ['127.0.0.1'] });
});

afterAll(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await app?.stop();
  await stores?.stop();
});

const invite = async (email: string): Promise<InvitationWithTokenDto> =>
  (await callAt(app.url, 'POST', '/account/invitations', byKey(app), { email, role: 'viewer' })).json();

/** Headers by their names in lower case, unfolded; and the text. */
function parsed(message: string): { headers: Map<string, string>; body: string } {
  const [head = '', ...rest] = message.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = lines.map((line): [string, string] => [
    line.split(':')[0]!.toLowerCase(),
    line.replace(/^[^:]*: */, ''),
  ]);
  const body = rest.join('\r\n\r\n').replaceAll('=\r\n', '').replaceAll('=3D', '=');
  return { headers: new Map(headers), body };
}

it('of an invitation holds the link that is in the answer', async () => {
  const invitation = await invite('ann@example.org');
  expect(invitation).toMatchObject({ mailed: true, link: `https://muster.example.org/invitation#${invitation.token}` });
  const [{ to, text }] = received as [(typeof received)[0]];
  const { headers, body } = parsed(text);
  expect([to, headers.get('to'), headers.get('from'), headers.get('subject')]).toEqual([
    ['ann@example.org'],
    'ann@example.org',
    'Muster <muster@example.org>',
    'Invitation to default',
  ]);
  expect(body).toContain(invitation.link);
  const accept = { token: invitation.link.split('#')[1], email: 'ann@example.org', password: PASSWORD };
  // Whoever calls from this machine may be a proxy that adds no header.
  expect((await callAt(app.url, 'POST', '/invitations/accept', {}, accept)).status).toBe(403);
  expect((await callHttp(app.url, 'GET', '/metrics')).status).toBe(403);
  const byProxy = { 'x-forwarded-proto': 'https' };
  expect((await callAt(app.url, 'POST', '/invitations/accept', byProxy, accept)).status).toBe(200);
});

it('goes in the clear to this machine alone, unless the URL says so', async () => {
  // To the system this is the loopback too, to Muster it is not.
  const url = `smtp://0.0.0.0:${port}`;
  const send = async (query: string): Promise<boolean | null> => {
    const mail = new Mail({ smtp: { url: `${url}${query}`, from: 'muster@example.org' } } as Config);
    const link = 'https://muster.example.org/invitation#a';
    const sent = await mail.sendInvitation({ to: 'ann@example.org', account: 'a', link, expiresAt: new Date() });
    mail.onModuleDestroy();
    return sent;
  };
  received.length = 0;
  expect([await send(''), received.length]).toEqual([false, 0]);
  expect([await send('?requireTLS=false'), received.length]).toEqual([true, 1]);
});

it('has no header and no line that a name has made', async () => {
  received.length = 0;
  const name = 'Shop\r\nBcc: eve@evil.net\r\n\r\nhttps://evil.net\u2028 <b>';
  await app.get(DataSource).query('UPDATE accounts SET name = $1', [name]);
  await invite('bob@example.org');
  const [{ to, text }] = received as [(typeof received)[0]];
  const { headers, body } = parsed(text);
  expect(to).toEqual(['bob@example.org']);
  expect([...headers.keys()].toSorted()).toEqual(
    [
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ].toSorted(),
  );
  expect(headers.get('subject')).toBe('Invitation to Shop Bcc: eve@evil.net https://evil.net <b>');
  expect(body.split('\r\n')[0]).toContain('Shop Bcc: eve@evil.net https://evil.net <b>');
  for (const email of [
    'a@example.org\r\nBcc: eve@evil.net',
    'a@example.org, eve@evil.net',
    '<eve@evil.net> a@example.org',
  ]) {
    const refused = await callAt(app.url, 'POST', '/account/invitations', byKey(app), { email, role: 'viewer' });
    expect(refused.status).toBe(422);
  }
});

it('that the server refuses leaves the invitation as it is, and says so', async () => {
  isRefusing = true;
  expect(await invite('nobody@example.org')).toMatchObject({ state: 'open', mailed: false });
});
