/** Whether a host of a URL, as `URL.hostname` has it, is this machine by its loopback interface. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
