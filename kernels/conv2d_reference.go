package kernels

// conv2dReference is the definition, written down: every output by itself, every
// element by the boundary's rule. It is what other variants are held to; see
// conv2d for the order of the additions.
type conv2dReference[T Float] struct{ conv2d[T] }

func newConv2dReference[T Float](o Options) (Kernel[T], error) {
	c, err := newConv2d[T](o)
	return conv2dReference[T]{c}, err
}

// Apply computes the convolution. Cost: dst's elements times the filter's; with
// ComputeAll, as if Stride were 1.
func (c conv2dReference[T]) Apply(dst, array, params Array[T]) {
	image, filter, rows, cols := c.ordered(dst, array, params)
	step := c.stride
	if c.all {
		step = 1
	}
	for m := 0; m < rows.outputs; m += step {
		for n := 0; n < cols.outputs; n += step {
			v := c.at(image, filter, m+rows.shift, n+cols.shift)
			if m%c.stride == 0 && n%c.stride == 0 {
				dst.Data[m/c.stride*dst.Cols+n/c.stride] = v
			}
		}
	}
}

// at is the sum over j, k of filter[j, k] * image[m-j, n-k].
func (c conv2dReference[T]) at(image, filter Array[T], m, n int) T {
	var sum T
	for j := range filter.Rows {
		row := source(c.boundary, m-j, image.Rows)
		for k := range filter.Cols {
			col := source(c.boundary, n-k, image.Cols)
			x := c.fill
			if row != outside && col != outside {
				x = image.Data[row*image.Cols+col]
			}
			sum += T(filter.Data[j*filter.Cols+k] * x)
		}
	}
	return sum
}
