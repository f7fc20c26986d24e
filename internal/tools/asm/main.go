package main

import (
	"github.com/mmcloughlin/avo/build"
)

func main() {
	build.ConstraintExpr("amd64")
	for _, s := range []set{avx2, avx512} {
		for _, e := range elems(s) {
			for rows := 1; rows <= 2; rows++ {
				dense(e, rows, shape{})
				dense(e, rows, shape{3, 3})
				dense(e, rows, shape{4, 4})
				dense(e, rows, shape{5, 5})
			}
			strided(e, 1, shape{})
			strided(e, 1, shape{4, 4})
			strided(e, 2, shape{4, 4})
			exp(e)
		}
	}
	transform()
	read()
	prefetch()
	build.Generate()
}
