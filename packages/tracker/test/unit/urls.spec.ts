import { cleanUrl, routeOf, sourceParameter } from '../../src/urls.js';

const none = (): undefined => undefined;
const some = (name: string, value: string): string | undefined => (name === 'page' ? value : undefined);

describe('an address', () => {
  it.each([
    ['https://shop.example/a/b', 'https://shop.example/a/b'],
    ['https://ann:secret@shop.example:8443/a', 'https://shop.example:8443/a'],
    ['https://shop.example/a?q=typed&page=2&page=3#token=1', 'https://shop.example/a?page=2&page=3'],
    ['https://shop.example/a?page=a%26b%20c', 'https://shop.example/a?page=a%26b+c'],
    ['https://shop.example/reset?token=1', 'https://shop.example/reset'],
    ['https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
    ['https://shop.example/#/cart?q=typed', 'https://shop.example/'],
  ])('%s leaves as %s', (text, clean) => expect(cleanUrl(text, some)).toBe(clean));

  it.each(['', 'mailto:ann@example.org', 'file:///etc/passwd', 'javascript:alert(1)', 'about:blank', 'data:,x', '/a'])(
    '%s is none of the web',
    (text) => expect(cleanUrl(text, some)).toBeUndefined(),
  );

  it.each([
    ['https://a.example/#/cart?q=typed', 'https://a.example/#/cart'],
    ['https://a.example/x#!/cart/7', 'https://a.example/x#!/cart/7'],
    ['https://a.example/#access_token=1', 'https://a.example/'],
    ['https://a.example/', 'https://a.example/'],
  ])('%s with routes in the fragment leaves as %s', (text, clean) => expect(cleanUrl(text, none, true)).toBe(clean));

  it('gives its route with #', () => {
    expect(routeOf(new URL('https://a.example/#/cart?x'))).toBe('#/cart');
    expect(routeOf(new URL('https://a.example/#top'))).toBe('');
  });
});

it('of click ids only that they are there is kept, of other parameters nothing', () => {
  const url =
    'https://a.example/?utm_source=news&utm_medium=mail&utm_email=ann&gclid=CjwK&fbclid=IwAR&msclkid=7&wbraid=1&id=5&email=a';
  expect(cleanUrl(url, sourceParameter)).toBe(
    'https://a.example/?utm_source=news&utm_medium=mail&gclid=1&fbclid=1&msclkid=1&wbraid=1',
  );
});
