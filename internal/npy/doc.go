// Package npy reads and writes numpy's .npy files: one array a file.
//
// It reads arrays of two or three dimensions, of any boolean, integer or
// floating-point type that numpy writes, of either byte order, in C or in
// Fortran order, and converts them into float64 or float32 in C order, straight
// into memory of the caller's: [Open] tells the shape before anything of that
// size is allocated. It writes float64 and float32, little-endian, in C order,
// and leaves the old file or the new one, never a part.
//
// The header is read by codeberg.org/sbinet/npyio. The data is not: npyio decodes
// element by element through an io.Reader, keeps Fortran order as it is, and wants
// the type on disk and in memory to agree.
//
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy
