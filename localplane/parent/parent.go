// Package parent lets a process end with the one that started it.
package parent

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Watch takes --watch-fd off the arguments and watches that file descriptor.
//
// The parent keeps the other end of the pipe open as long as it lives. However it dies, SIGKILL included, the kernel
// closes that end, so no child outlives it; and unlike a parent-death signal this works on every system.
//
// In:   the arguments without the program's name; only the first may be --watch-fd.
// Out:  the other arguments, and a channel that is closed when the parent is gone; without --watch-fd it never is.
func Watch(arguments []string) ([]string, <-chan struct{}, error) {
	gone := make(chan struct{})
	if len(arguments) == 0 || !strings.HasPrefix(arguments[0], "--watch-fd") {
		return arguments, gone, nil
	}
	_, value, joined := strings.Cut(arguments[0], "=")
	rest := arguments[1:]
	if !joined {
		if len(rest) == 0 {
			return nil, nil, fmt.Errorf("--watch-fd needs a number")
		}
		value, rest = rest[0], rest[1:]
	}
	pipe, err := open(value)
	if err != nil {
		return nil, nil, err
	}
	go func() {
		_, _ = io.Copy(io.Discard, pipe)
		close(gone)
	}()
	return rest, gone, nil
}

func open(text string) (*os.File, error) {
	descriptor, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return nil, fmt.Errorf("--watch-fd %q is no file descriptor", text)
	}
	pipe := os.NewFile(uintptr(descriptor), "parent")
	if _, err := pipe.Stat(); err != nil {
		return nil, fmt.Errorf("--watch-fd %d is not open", descriptor)
	}
	return pipe, nil
}
