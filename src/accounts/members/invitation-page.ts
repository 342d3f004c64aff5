/** Where an invitation is accepted. The token is behind the `#`: no server, proxy or log gets to see it. */
export function invitationLink(origin: string, token: string): string {
  return `${origin}/invitation#${token}`;
}

export const INVITATION_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="referrer" content="no-referrer" />
    <title>Invitation to Muster</title>
    <script src="/invitation/page.js" defer></script>
  </head>
  <body>
    <h1>Invitation to Muster</h1>
    <form>
      <p><label>Address <input name="email" type="email" autocomplete="username" required /></label></p>
      <p><label>Name <input name="name" autocomplete="name" maxlength="200" /></label></p>
      <p>
        <label>
          Password
          <input name="password" type="password" autocomplete="new-password" minlength="12" required />
        </label>
      </p>
      <p>A new one of 12 characters at least, or your own if you have signed in before.</p>
      <p><button>Accept</button></p>
    </form>
    <p role="status"></p>
    <p><a href="/docs">The description of the API</a></p>
  </body>
</html>
`;

export const INVITATION_SCRIPT = `const form = document.querySelector('form');
const status = document.querySelector('[role=status]');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { email, name, password } = Object.fromEntries(new FormData(form));
  const body = { token: location.hash.slice(1), email, password, ...(name && { name }) };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/v1/invitations/accept', { method: 'POST', headers, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) return void (status.textContent = said.detail);
  const joined = said.accounts.find(({ account }) => account === said.account);
  history.replaceState(null, '', location.pathname);
  form.remove();
  status.textContent = 'You are signed in as ' + said.person.email + ', a member of ' + joined.name + '.';
});
`;
