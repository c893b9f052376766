module cartoquartiers

go 1.26
