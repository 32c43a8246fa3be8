//go:build !linux

package parent

import "syscall"

func attributes() *syscall.SysProcAttr {
	return nil
}
