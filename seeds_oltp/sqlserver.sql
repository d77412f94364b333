-- The sample OLTP on SQL Server, written by: python -m seeds_oltp ddl
IF SCHEMA_ID(N'core') IS NULL EXEC (N'CREATE SCHEMA core');
GO
IF OBJECT_ID(N'core.customers', N'U') IS NULL
BEGIN
CREATE TABLE core.customers (
    customer_id BIGINT NOT NULL,
    customer_code NVARCHAR(20) NOT NULL,
    full_name NVARCHAR(200) NOT NULL,
    email NVARCHAR(200) NULL,
    phone NVARCHAR(40) NULL,
    document_number NVARCHAR(20) NULL,
    birth_date DATE NULL,
    gender NVARCHAR(1) NULL,
    customer_type NVARCHAR(20) NOT NULL,
    segment NVARCHAR(20) NOT NULL,
    credit_score INTEGER NULL,
    value_category NVARCHAR(20) NULL,
    address_line NVARCHAR(200) NULL,
    district NVARCHAR(100) NULL,
    city NVARCHAR(100) NULL,
    state NVARCHAR(10) NULL,
    country NVARCHAR(60) NULL,
    zip_code NVARCHAR(12) NULL,
    first_signup_date DATE NULL,
    last_purchase_date DATE NULL,
    is_active BIT NOT NULL,
    accepts_email_marketing BIT NOT NULL,
    is_vip BIT NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_customers PRIMARY KEY (customer_id),
    CONSTRAINT ck_customers_gender CHECK (gender IN ('M', 'F', 'O')),
    CONSTRAINT ck_customers_customer_type CHECK (customer_type IN ('Novo', 'Recorrente', 'VIP', 'Inativo')),
    CONSTRAINT ck_customers_segment CHECK (segment IN ('Pessoa Fisica', 'Pessoa Juridica')),
    CONSTRAINT ck_customers_credit_score CHECK (credit_score BETWEEN 0 AND 1000),
    CONSTRAINT uq_customers_customer_code UNIQUE (customer_code)
);

CREATE INDEX ix_customers_updated_at_customer_id ON core.customers (updated_at, customer_id);
END;
GO
IF OBJECT_ID(N'core.discount_campaigns', N'U') IS NULL
BEGIN
CREATE TABLE core.discount_campaigns (
    discount_id BIGINT NOT NULL,
    discount_code NVARCHAR(40) NOT NULL,
    campaign_name NVARCHAR(150) NOT NULL,
    description NVARCHAR(400) NULL,
    discount_type NVARCHAR(40) NOT NULL,
    discount_method NVARCHAR(40) NOT NULL,
    discount_value NUMERIC(14, 4) NULL,
    min_order_value NUMERIC(14, 2) NULL,
    max_discount_value NUMERIC(14, 2) NULL,
    max_uses_per_customer INTEGER NULL,
    max_uses_total INTEGER NULL,
    apply_scope NVARCHAR(40) NOT NULL,
    start_at DATETIME2(6) NULL,
    end_at DATETIME2(6) NULL,
    is_active BIT NOT NULL,
    is_stackable BIT NOT NULL,
    approval_required BIT NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_discount_campaigns PRIMARY KEY (discount_id),
    CONSTRAINT ck_discount_campaigns_discount_type CHECK (discount_type IN ('Cupom', 'Promocao Automatica', 'Desconto Progressivo', 'Fidelidade', 'Primeira Compra', 'Cashback')),
    CONSTRAINT ck_discount_campaigns_discount_method CHECK (discount_method IN ('Percentual', 'Valor Fixo', 'Frete Gratis', 'Brinde', 'Combo')),
    CONSTRAINT ck_discount_campaigns_apply_scope CHECK (apply_scope IN ('Pedido Total', 'Produto Especifico', 'Categoria', 'Frete', 'Item Individual')),
    CONSTRAINT uq_discount_campaigns_discount_code UNIQUE (discount_code)
);

CREATE INDEX ix_discount_campaigns_updated_at_discount_id ON core.discount_campaigns (updated_at, discount_id);
END;
GO
IF OBJECT_ID(N'core.regions', N'U') IS NULL
BEGIN
CREATE TABLE core.regions (
    region_id BIGINT NOT NULL,
    region_code NVARCHAR(20) NOT NULL,
    country NVARCHAR(60) NOT NULL,
    region_name NVARCHAR(60) NOT NULL,
    state NVARCHAR(10) NOT NULL,
    state_name NVARCHAR(60) NOT NULL,
    city NVARCHAR(100) NOT NULL,
    ibge_code NVARCHAR(10) NULL,
    is_active BIT NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_regions PRIMARY KEY (region_id),
    CONSTRAINT uq_regions_region_code UNIQUE (region_code)
);

CREATE INDEX ix_regions_updated_at_region_id ON core.regions (updated_at, region_id);
END;
GO
IF OBJECT_ID(N'core.suppliers', N'U') IS NULL
BEGIN
CREATE TABLE core.suppliers (
    supplier_id BIGINT NOT NULL,
    supplier_code NVARCHAR(20) NOT NULL,
    supplier_name NVARCHAR(150) NOT NULL,
    country NVARCHAR(60) NULL,
    is_active BIT NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_suppliers PRIMARY KEY (supplier_id),
    CONSTRAINT uq_suppliers_supplier_code UNIQUE (supplier_code)
);

CREATE INDEX ix_suppliers_updated_at_supplier_id ON core.suppliers (updated_at, supplier_id);
END;
GO
IF OBJECT_ID(N'core.products', N'U') IS NULL
BEGIN
CREATE TABLE core.products (
    product_id BIGINT NOT NULL,
    product_code NVARCHAR(20) NOT NULL,
    sku NVARCHAR(40) NULL,
    barcode NVARCHAR(20) NULL,
    product_name NVARCHAR(200) NOT NULL,
    short_description NVARCHAR(400) NULL,
    category_name NVARCHAR(80) NOT NULL,
    subcategory_name NVARCHAR(80) NULL,
    product_line NVARCHAR(80) NULL,
    brand NVARCHAR(80) NULL,
    manufacturer NVARCHAR(120) NULL,
    supplier_id BIGINT NULL,
    country_origin NVARCHAR(60) NULL,
    weight_kg NUMERIC(10, 3) NULL,
    color NVARCHAR(40) NULL,
    material NVARCHAR(60) NULL,
    cost_price NUMERIC(14, 2) NOT NULL,
    list_price NUMERIC(14, 2) NOT NULL,
    suggested_margin_percent NUMERIC(9, 4) NULL,
    is_perishable BIT NOT NULL,
    is_fragile BIT NOT NULL,
    requires_refrigeration BIT NOT NULL,
    minimum_age INTEGER NULL,
    min_stock INTEGER NULL,
    max_stock INTEGER NULL,
    reorder_days INTEGER NULL,
    product_status NVARCHAR(20) NOT NULL,
    launch_date DATE NULL,
    discontinued_date DATE NULL,
    rating_avg NUMERIC(4, 2) NULL,
    rating_count INTEGER NULL,
    is_gift_card BIT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_products PRIMARY KEY (product_id),
    CONSTRAINT ck_products_product_status CHECK (product_status IN ('Ativo', 'Inativo', 'Descontinuado')),
    CONSTRAINT ck_products_prices CHECK (cost_price >= 0 AND list_price >= 0),
    CONSTRAINT uq_products_product_code UNIQUE (product_code),
    CONSTRAINT fk_products_supplier_id FOREIGN KEY(supplier_id) REFERENCES core.suppliers (supplier_id)
);

CREATE INDEX ix_products_updated_at_product_id ON core.products (updated_at, product_id);
END;
GO
IF OBJECT_ID(N'core.teams', N'U') IS NULL
BEGIN
CREATE TABLE core.teams (
    team_id BIGINT NOT NULL,
    team_code NVARCHAR(20) NOT NULL,
    team_name NVARCHAR(100) NOT NULL,
    team_type NVARCHAR(40) NULL,
    team_category NVARCHAR(40) NULL,
    region_id BIGINT NULL,
    is_active BIT NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_teams PRIMARY KEY (team_id),
    CONSTRAINT uq_teams_team_code UNIQUE (team_code),
    CONSTRAINT fk_teams_region_id FOREIGN KEY(region_id) REFERENCES core.regions (region_id)
);

CREATE INDEX ix_teams_updated_at_team_id ON core.teams (updated_at, team_id);
END;
GO
IF OBJECT_ID(N'core.sellers', N'U') IS NULL
BEGIN
CREATE TABLE core.sellers (
    seller_id BIGINT NOT NULL,
    seller_code NVARCHAR(20) NOT NULL,
    seller_name NVARCHAR(150) NOT NULL,
    team_id BIGINT NULL,
    manager_seller_id BIGINT NULL,
    home_state NVARCHAR(10) NULL,
    home_city NVARCHAR(100) NULL,
    monthly_goal_amount NUMERIC(14, 2) NULL,
    hire_date DATE NULL,
    seller_status NVARCHAR(20) NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_sellers PRIMARY KEY (seller_id),
    CONSTRAINT ck_sellers_seller_status CHECK (seller_status IN ('Ativo', 'Inativo')),
    CONSTRAINT uq_sellers_seller_code UNIQUE (seller_code),
    CONSTRAINT fk_sellers_team_id FOREIGN KEY(team_id) REFERENCES core.teams (team_id),
    CONSTRAINT fk_sellers_manager_seller_id FOREIGN KEY(manager_seller_id) REFERENCES core.sellers (seller_id)
);

CREATE INDEX ix_sellers_updated_at_seller_id ON core.sellers (updated_at, seller_id);
END;
GO
IF OBJECT_ID(N'core.orders', N'U') IS NULL
BEGIN
CREATE TABLE core.orders (
    order_id BIGINT NOT NULL,
    order_number NVARCHAR(40) NOT NULL,
    customer_id BIGINT NOT NULL,
    seller_id BIGINT NULL,
    region_id BIGINT NULL,
    order_status NVARCHAR(20) NOT NULL,
    payment_status NVARCHAR(20) NULL,
    order_date DATETIME2(6) NOT NULL,
    approved_at DATETIME2(6) NULL,
    shipped_at DATETIME2(6) NULL,
    delivered_at DATETIME2(6) NULL,
    canceled_at DATETIME2(6) NULL,
    sales_channel NVARCHAR(40) NULL,
    currency_code NVARCHAR(3) NULL,
    exchange_rate NUMERIC(18, 9) NULL,
    shipping_amount NUMERIC(14, 2) NULL,
    shipping_discount_amount NUMERIC(14, 2) NULL,
    shipping_cost_amount NUMERIC(14, 2) NULL,
    tax_amount NUMERIC(14, 2) NULL,
    other_amount NUMERIC(14, 2) NULL,
    total_amount NUMERIC(14, 2) NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_orders PRIMARY KEY (order_id),
    CONSTRAINT ck_orders_order_status CHECK (order_status IN ('Pendente', 'Pago', 'Faturado', 'Enviado', 'Entregue', 'Cancelado', 'Devolvido')),
    CONSTRAINT uq_orders_order_number UNIQUE (order_number),
    CONSTRAINT fk_orders_customer_id FOREIGN KEY(customer_id) REFERENCES core.customers (customer_id),
    CONSTRAINT fk_orders_seller_id FOREIGN KEY(seller_id) REFERENCES core.sellers (seller_id),
    CONSTRAINT fk_orders_region_id FOREIGN KEY(region_id) REFERENCES core.regions (region_id)
);

CREATE INDEX ix_orders_order_date ON core.orders (order_date);

CREATE INDEX ix_orders_updated_at_order_id ON core.orders (updated_at, order_id);
END;
GO
IF OBJECT_ID(N'core.seller_targets_monthly', N'U') IS NULL
BEGIN
CREATE TABLE core.seller_targets_monthly (
    seller_target_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    target_month DATE NOT NULL,
    target_amount NUMERIC(14, 2) NOT NULL,
    target_quantity INTEGER NULL,
    realized_amount NUMERIC(14, 2) NULL,
    realized_quantity INTEGER NULL,
    period_type NVARCHAR(20) NOT NULL,
    period_closed BIT NOT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_seller_targets_monthly PRIMARY KEY (seller_target_id),
    CONSTRAINT uq_seller_targets_monthly_seller_id UNIQUE (seller_id, target_month, period_type),
    CONSTRAINT ck_seller_targets_monthly_target_amount CHECK (target_amount > 0),
    CONSTRAINT ck_seller_targets_monthly_period_type CHECK (period_type IN ('Mensal', 'Trimestral', 'Anual')),
    CONSTRAINT fk_seller_targets_monthly_seller_id FOREIGN KEY(seller_id) REFERENCES core.sellers (seller_id)
);

CREATE INDEX ix_seller_targets_monthly_updated_at_seller_target_id ON core.seller_targets_monthly (updated_at, seller_target_id);
END;
GO
IF OBJECT_ID(N'core.order_items', N'U') IS NULL
BEGIN
CREATE TABLE core.order_items (
    order_item_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    item_number INTEGER NOT NULL,
    product_id BIGINT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price NUMERIC(14, 2) NOT NULL,
    gross_amount NUMERIC(14, 2) NOT NULL,
    discount_amount NUMERIC(14, 2) NOT NULL,
    net_amount NUMERIC(14, 2) NOT NULL,
    cost_amount NUMERIC(14, 2) NOT NULL,
    return_quantity INTEGER NOT NULL,
    returned_amount NUMERIC(14, 2) NOT NULL,
    commission_percent NUMERIC(9, 4) NULL,
    commission_amount NUMERIC(14, 2) NULL,
    had_discount BIT NOT NULL,
    seller_id BIGINT NULL,
    tax_amount NUMERIC(14, 2) NULL,
    parent_order_item_id BIGINT NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_order_items PRIMARY KEY (order_item_id),
    CONSTRAINT uq_order_items_order_id UNIQUE (order_id, item_number),
    CONSTRAINT ck_order_items_quantity CHECK (quantity > 0),
    CONSTRAINT ck_order_items_return_quantity CHECK (return_quantity BETWEEN 0 AND quantity),
    CONSTRAINT ck_order_items_net_amount CHECK (ABS(gross_amount - discount_amount - net_amount) < 0.005),
    CONSTRAINT fk_order_items_order_id FOREIGN KEY(order_id) REFERENCES core.orders (order_id),
    CONSTRAINT fk_order_items_product_id FOREIGN KEY(product_id) REFERENCES core.products (product_id),
    CONSTRAINT fk_order_items_seller_id FOREIGN KEY(seller_id) REFERENCES core.sellers (seller_id),
    CONSTRAINT fk_order_items_parent_order_item_id FOREIGN KEY(parent_order_item_id) REFERENCES core.order_items (order_item_id)
);

CREATE INDEX ix_order_items_updated_at_order_item_id ON core.order_items (updated_at, order_item_id);
END;
GO
IF OBJECT_ID(N'core.order_item_discounts', N'U') IS NULL
BEGIN
CREATE TABLE core.order_item_discounts (
    order_item_discount_id BIGINT NOT NULL,
    order_item_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    discount_id BIGINT NOT NULL,
    application_level NVARCHAR(20) NOT NULL,
    discount_amount NUMERIC(14, 2) NOT NULL,
    base_amount NUMERIC(14, 2) NOT NULL,
    final_amount NUMERIC(14, 2) NOT NULL,
    applied_at DATETIME2(6) NOT NULL,
    approved BIT NOT NULL,
    rejection_reason NVARCHAR(200) NULL,
    created_at DATETIME2(6) NOT NULL,
    updated_at DATETIME2(6) NOT NULL,
    deleted_at DATETIME2(6) NULL,
    CONSTRAINT pk_order_item_discounts PRIMARY KEY (order_item_discount_id),
    CONSTRAINT ck_order_item_discounts_application_level CHECK (application_level IN ('Item', 'Pedido', 'Frete', 'Categoria')),
    CONSTRAINT ck_order_item_discounts_final_amount CHECK (ABS(base_amount - discount_amount - final_amount) < 0.005),
    CONSTRAINT fk_order_item_discounts_order_item_id FOREIGN KEY(order_item_id) REFERENCES core.order_items (order_item_id),
    CONSTRAINT fk_order_item_discounts_order_id FOREIGN KEY(order_id) REFERENCES core.orders (order_id),
    CONSTRAINT fk_order_item_discounts_discount_id FOREIGN KEY(discount_id) REFERENCES core.discount_campaigns (discount_id)
);

CREATE INDEX ix_order_item_discounts_order_id ON core.order_item_discounts (order_id);

CREATE INDEX ix_order_item_discounts_updated_at_order_item_discount_id ON core.order_item_discounts (updated_at, order_item_discount_id);
END;
GO
