//go:build race

package job

// raceDetector makes a thousand goroutine ranks too slow to be worth it.
const raceDetector = true
