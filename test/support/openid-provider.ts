import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { Provider, type Configuration, type SigningAlgorithm } from 'oidc-provider';
import { OpenIdMemory } from './openid-memory.js';

/** Who signs in next. */
export interface TestLogin {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

/** What of an ID token a provider that lies says in place of what is right; `alg: none` sends it unsigned. */
export interface Lies {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly alg?: 'none';
  /** Signs by a key that is not in its set. */
  readonly isOtherKey?: boolean;
}

interface Client {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** A provider of OpenID Connect (`oidc-provider`) on a free port of this machine. Whoever comes is `login`. */
export class TestProvider {
  login: TestLogin = { sub: 'ann' };
  lies: Lies | null = null;
  /** What its discovery says in place of what is right. */
  discovery: Readonly<Record<string, unknown>> = {};
  /** Discovery and keys that were asked for. */
  readonly asked: string[] = [];
  private readonly memory = new OpenIdMemory();
  private clients: Client[] = [];
  private key!: CryptoKey;
  private kid = 0;
  private alg: SigningAlgorithm = 'RS256';
  private provider!: Provider;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly issuer: string,
  ) {}

  static async start(): Promise<TestProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const started = new TestProvider(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => void started.answer(request, response));
    await started.rotate();
    return started;
  }

  /** Lets a server sign people in. */
  async register(client: Client): Promise<void> {
    this.clients = [...this.clients.filter(({ id }) => id !== client.id), client];
    await this.renew();
  }

  /** Signs by a new key from now on, of an algorithm; the one before is gone. */
  async rotate(alg: SigningAlgorithm = 'RS256'): Promise<void> {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    this.alg = alg;
    this.key = privateKey;
    this.kid += 1;
    await this.renew();
  }

  /** A token of the issuer, by its key. */
  sign(claims: JWTPayload, header: { readonly kid?: string; readonly typ?: string } = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: this.alg, kid: String(this.kid), ...header }).sign(this.key);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async renew(): Promise<void> {
    const configuration: Configuration = {
      adapter: this.memory.adapter,
      clients: this.clients.map(({ id, secret, redirectUri }) => ({
        client_id: id,
        client_secret: secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: this.alg,
      })),
      jwks: { keys: [{ ...(await exportJWK(this.key)), alg: this.alg, use: 'sig', kid: String(this.kid) }] },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
      cookies: { keys: ['a key of the cookies of a test'] },
      findAccount: (_, accountId) => ({ accountId, claims: () => ({ ...this.login, sub: accountId }) }),
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({
          clientId: oidc.client!.clientId,
          accountId: oidc.session!.accountId!,
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    };
    this.provider = new Provider(this.issuer, configuration);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path.startsWith('/.well-known/') || path.startsWith('/jwks')) this.asked.push(path);
    if (path.startsWith('/interaction/')) {
      await this.provider.interactionFinished(request, response, { login: { accountId: this.login.sub } });
      return;
    }
    const { lies } = this;
    if (path === '/token' && lies !== null) replaceBody(response, (body) => this.lied(body, lies));
    if (path.startsWith('/.well-known/'))
      replaceBody(response, async (body) => JSON.stringify({ ...JSON.parse(body), ...this.discovery }));
    await this.provider.callback()(request, response);
  }

  /** With another ID token in place of the one that the provider sends. */
  private async lied(body: string, { claims = {}, alg, isOtherKey = false }: Lies): Promise<string> {
    const answer = JSON.parse(body) as { id_token?: string };
    if (answer.id_token === undefined) return body;
    const [, payload = ''] = answer.id_token.split('.');
    const right = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
    const wrong = { ...right, ...claims };
    const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const key = isOtherKey ? (await generateKeyPair(this.alg)).privateKey : this.key;
    const token =
      alg === 'none'
        ? `${encoded({ alg })}.${encoded(wrong)}.`
        : await new SignJWT(wrong).setProtectedHeader({ alg: this.alg, kid: String(this.kid) }).sign(key);
    return JSON.stringify({ ...answer, id_token: token });
  }
}

/** Sends another body in place of the one that the provider has made. */
function replaceBody(response: ServerResponse, replaced: (body: string) => Promise<string>): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: string | Buffer) => {
    void replaced(String(body)).then((text) => {
      response.setHeader('content-length', Buffer.byteLength(text));
      end(text);
    });
    return response;
  }) as typeof response.end;
}
