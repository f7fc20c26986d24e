// Package match brings messages and the receives posted for them together, tag
// by tag, first come first served. Transports keep one Matcher for each sender.
package match
