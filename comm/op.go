package comm

import "numcomp/comm/transport"

// Op is the operation of a reduction: an associative function of two elements,
// applied to whole blocks. The zero Op is not one.
type Op[T Element] struct {
	name     string
	commutes bool
	apply    func(dst, left, right []T)
	native   transport.Op // 0: none that a machine has
}

// NewOp makes an operation. apply sets dst[i] to left[i] op right[i] for every
// i; the three have one length, and dst may be left or right. The operation must
// be associative (floating-point rounding aside); if it does not commute, say
// so, and left is always what the lower ranks contributed.
func NewOp[T Element](name string, commutes bool, apply func(dst, left, right []T)) Op[T] {
	return Op[T]{name: name, commutes: commutes, apply: apply}
}

// String is the operation's name.
func (o Op[T]) String() string { return o.name }

// Sum adds.
func Sum[T Element]() Op[T] {
	return NewOp("sum", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = left[i] + right[i]
		}
	}).as(transport.Sum)
}

// Prod multiplies.
func Prod[T Element]() Op[T] {
	return NewOp("prod", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = left[i] * right[i]
		}
	}).as(transport.Prod)
}

// Min takes the smaller; a NaN wins, as with Go's min.
func Min[T Ordered]() Op[T] {
	return NewOp("min", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = min(left[i], right[i])
		}
	}).asOrder(transport.Min)
}

// Max takes the larger; a NaN wins, as with Go's max.
func Max[T Ordered]() Op[T] {
	return NewOp("max", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = max(left[i], right[i])
		}
	}).asOrder(transport.Max)
}

// And is the bitwise and.
func And[T Integer]() Op[T] {
	return NewOp("and", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = left[i] & right[i]
		}
	}).as(transport.And)
}

// Or is the bitwise or.
func Or[T Integer]() Op[T] {
	return NewOp("or", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = left[i] | right[i]
		}
	}).as(transport.Or)
}

// Xor is the bitwise exclusive or.
func Xor[T Integer]() Op[T] {
	return NewOp("xor", true, func(dst, left, right []T) {
		left, right = left[:len(dst)], right[:len(dst)]
		for i := range dst {
			dst[i] = left[i] ^ right[i]
		}
	}).as(transport.Xor)
}

// foldBytes is o on the memory of the elements.
func foldBytes[T Element](o Op[T]) func(dst, left, right []byte) {
	return func(dst, left, right []byte) {
		o.apply(elementsOf[T](dst), elementsOf[T](left), elementsOf[T](right))
	}
}

// newReduction begins collective x, which reduces with op.
func newReduction[T Element](c *Comm, x *call, op Op[T]) error {
	if err := checkOp(c, x.kind, op); err != nil {
		return err
	}
	reduceBy(x, op)
	return nil
}

// checkOp is the error of an op that collective k cannot reduce with, or nil.
func checkOp[T Element](c *Comm, k collective, op Op[T]) error {
	if op.apply == nil {
		return c.argument(k.String(), "no operation: the Op is zero")
	}
	if a := c.tuning.forced[k]; a != nil && a.commutes && !op.commutes {
		return c.argument(k.String(), "algorithm %s needs an operation that commutes, %s does not", a.Name, op)
	}
	return nil
}

// reduceBy has x reduce with op.
func reduceBy[T Element](x *call, op Op[T]) {
	x.fold, x.commutes, x.size = foldBytes(op), op.commutes, sizeOf[T]()
	x.element, x.op = elementOf[T](), op.native
}

// checkVectors is the error of a send and a recv of a reduction that differ in
// length, or overlap without being the same.
func (c *Comm) checkVectors(k collective, send, recv []byte, size int) error {
	if len(send) != len(recv) {
		return c.argument(k.String(), "send has %d elements, recv %d: want the same", len(send)/size, len(recv)/size)
	}
	if !alias(send, recv) && overlap(send, recv) {
		return c.argument(k.String(), "the buffers overlap")
	}
	return nil
}
