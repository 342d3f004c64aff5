/** Labels in a text with commas between them, each once. */
export function labelsOf(text: string): string[] {
  const labels = text.split(',').map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ''))];
}
