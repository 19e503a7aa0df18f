package enum Call {}
