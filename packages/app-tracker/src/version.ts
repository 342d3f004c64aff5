/** Of the package; the release script writes it. */
export const VERSION = '0.1.0';
