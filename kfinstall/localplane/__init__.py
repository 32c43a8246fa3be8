"""A throwaway local control plane of real programs, as a context manager."""
