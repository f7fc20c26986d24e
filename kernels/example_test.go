package kernels_test

import (
	"fmt"
	"log"

	"numcomp/kernels"
)

// The mean of each element and its neighbours to the left and above, the image
// repeated at its edges, every other row and column kept.
func Example() {
	k, err := kernels.New[float64]("conv2d", kernels.Best("conv2d"), kernels.Options{
		Mode:     kernels.Same,
		Boundary: kernels.BoundaryWrap,
		Stride:   2,
	})
	if err != nil {
		log.Fatal(err)
	}
	image := kernels.Array[float64]{Rows: 3, Cols: 4, Data: []float64{
		0, 1, 2, 3,
		4, 5, 6, 7,
		8, 9, 10, 11,
	}}
	filter := kernels.Array[float64]{Rows: 2, Cols: 2, Data: []float64{0.25, 0.25, 0.25, 0.25}}

	shape, err := k.Result(image.Shape(), filter.Shape())
	if err != nil {
		log.Fatal(err)
	}
	result := kernels.Array[float64]{Rows: shape.Rows, Cols: shape.Cols, Data: make([]float64, shape.Rows*shape.Cols)}
	k.Apply(result, image, filter)
	fmt.Println(shape, result.Data)
	// Output: 2x2 [5.5 5.5 7.5 7.5]
}

// What kernels there are, and what they heed.
func ExampleAll() {
	for _, e := range kernels.All() {
		fmt.Println(e.Name, e.Variants, "parameters:", e.Params)
		for _, s := range e.Settings {
			fmt.Printf("  --%s %s (%s)\n", s.Name, s.Values, s.Default)
		}
	}
	// Output:
	// conv2d [reference go avx2 avx512] parameters: true
	//   --stride an integer from 1 on (5)
	//   --mode full, same or valid (full)
	//   --boundary fill, wrap or symm (fill)
	//   --fill-value a number (0)
	//   --compute kept or all (kept)
	//   --method direct, auto, separable or fft (direct)
	// exp [reference go avx2 avx512] parameters: false
}
