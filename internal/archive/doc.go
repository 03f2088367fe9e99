// Package archive opens bundles of XML: a ZIP or tar archive, a directory, one
// XML file, plain or compressed by gzip, bzip2 or Zstandard, or any of these
// from a stream. What it hands out is a sorted list of entries; each is read
// from byte zero, decompressed, under limits.
//
// A bundle comes from a stranger. So nothing that it says about itself is
// believed: sizes and ratios are counted on the bytes that really come out of
// the decompressor and really went into it, names are checked before anything
// is done with them, and content decides over the name what a file is. What is
// hostile or damaged is refused by name, with fault and cure, and doesn't cost
// the good entries beside it.
//
// The package is pure: it reads no environment and no network. Files, scratch
// directory and limits come from the caller; so may the clock.
package archive
