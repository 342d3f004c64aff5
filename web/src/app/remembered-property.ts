const KEY = 'muster-property';

/** Slug of the property that was looked at last in this browser. */
export function rememberedProperty(): string | null {
  return localStorage.getItem(KEY);
}

export function rememberProperty(slug: string): void {
  localStorage.setItem(KEY, slug);
}
