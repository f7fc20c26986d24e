// Package wrap decorates transports, each decorator in its own file: Count
// counts what is sent, Delay holds it up, Fail makes it fail. A decorated
// transport behaves like the one within in everything else, Break included.
package wrap
