// Package fft transforms panels of numbers: eight columns at a time, so that
// eight transforms of the same length run side by side, with the same twiddle
// factors and without a shuffle.
//
// A panel of length n holds n rows of [Columns] complex numbers, all real parts
// (row by row), then all imaginary parts: 2*n*Columns float64.
//
// [Plan.Forward] leaves frequencies in the order in which decimation finds them,
// and [Plan.Inverse] takes them in that order: what multiplies spectra number by
// number never needs to know it. Neither scales: Inverse(Forward(x)) is n*x.
//
// The steps are those of the classic algorithm (Cooley and Tukey, Math. Comp. 19,
// 1965; in radix 4: Gentleman and Sande, AFIPS 29, 1966), its error grows as
// log n (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section
// 24.1), provided that twiddle factors are good to the last bit, which math.Sincos
// of an angle below pi/4 is (Schatzman, SIAM J. Sci. Comput. 17, 1996).
//
// [Loops] are the inner loops; [Portable] has them in Go, others may bring them
// in assembly. They multiply, round and add in one order, so that the bits are the same.
package fft
