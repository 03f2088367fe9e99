// Order matters: most browsers call themselves Chrome and Safari too.
const BROWSERS: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, 'Edge'], [/OPR\/(\d+)/, 'Opera'], [/(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'], [/Version\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari/, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [[/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux|X11/, 'Linux']]

/** "Chrome 130 · Linux" of a browser's user agent; what isn't known stays as it is. */
export function deviceOf(userAgent: string): string {
  for (const [form, name] of BROWSERS) {
    const version = form.exec(userAgent)?.[1]
    if (!version) continue
    const system = SYSTEMS.find(([f]) => f.test(userAgent))?.[1]
    return [`${name} ${version}`, system].filter(Boolean).join(' · ')
  }
  return userAgent
}
