// Package parent lets a process end with the one that started it.
package parent

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Watch takes --watch-fd off the arguments and ends this process as soon as that file descriptor reads as ended.
// In:  the arguments without the program's name; only the first may be --watch-fd.
//
// The parent keeps the other end of the pipe open as long as it lives. However it dies, SIGKILL included, the kernel
// closes that end, so no child outlives it; and unlike a parent-death signal this works on every system.
func Watch(arguments []string) ([]string, error) {
	if len(arguments) == 0 || !strings.HasPrefix(arguments[0], "--watch-fd") {
		return arguments, nil
	}
	_, value, joined := strings.Cut(arguments[0], "=")
	rest := arguments[1:]
	if !joined {
		if len(rest) == 0 {
			return nil, fmt.Errorf("--watch-fd needs a number")
		}
		value, rest = rest[0], rest[1:]
	}
	descriptor, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return nil, fmt.Errorf("--watch-fd %q is no file descriptor", value)
	}
	pipe := os.NewFile(uintptr(descriptor), "parent")
	if _, err := pipe.Stat(); err != nil {
		return nil, fmt.Errorf("--watch-fd %d is not open", descriptor)
	}
	go func() {
		_, _ = io.Copy(io.Discard, pipe)
		os.Exit(0)
	}()
	return rest, nil
}
