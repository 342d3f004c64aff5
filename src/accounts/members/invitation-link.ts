/** Where an invitation is accepted. The token is behind the `#`: no server, proxy or log gets to see it. */
export function invitationLink(origin: string, token: string): string {
  return `${origin}/invitation#${token}`;
}
