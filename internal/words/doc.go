// Package words writes numbers for sentences.
package words
