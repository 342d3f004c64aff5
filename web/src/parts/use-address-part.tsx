import { useSearchParams } from 'wouter';

/** One part of what a view shows, which stands in its address; an empty text takes it out. */
export function useAddressPart(name: string): readonly [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const set = (value: string): void =>
    setSearch(
      (known) => {
        if (value === '') known.delete(name);
        else known.set(name, value);
        return known;
      },
      { replace: true },
    );
  return [search.get(name) ?? '', set];
}
