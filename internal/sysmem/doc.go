// Package sysmem tells how much memory this process may still take, and how much
// it has taken at most, as Linux tells it: /proc/meminfo, the memory cgroup's
// limits (version 2 and 1) and /proc/self/status.
//
// Files are read through an fs.FS rooted at "/", so that tests bring their own.
package sysmem
