/** A path of ours, where somebody goes on after signing in; anything else becomes `/`. */
export function safePath(path: string | undefined): string {
  return path !== undefined && path.length <= LONGEST && PATH.test(path) ? path : '/';
}

/** Where somebody signs in to see a page. */
export function signInPath(url: string): string {
  const to = safePath(url);
  return to === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`;
}

export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '/';
}

const LONGEST = 300;

/** Never `//host`, and no backslash, which browsers read as a slash. */
const PATH = /^\/(?!\/)[A-Za-z0-9\-._~/?=&%+]*$/;
